"""The table of users out of the event log: events per second and core, part by part.

python -m bench.rebuilding
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse, HeadersDict

from bench.clock import report
from bench.folding import BATCH, CALLS, records
from domain.erasure import Forgotten
from domain.features import EMPTY, fold_all
from domain.record import Record, decode_log, encode_log
from domain.vocabulary import Vocabulary
from functions.sessions import Sessions
from functions.shelf import Listed
from functions.users import Users
from recovery.family import Family
from recovery.scratch import PARTS, Scratch
from recovery.users import Outcome, restore

USERS = 5_000
OBJECT = 2_000  # records of one object of the log
WRITTEN = 1_000  # users, each a call

spent_s: dict[str, float] = defaultdict(float)


def main() -> None:
    """Each part on its own clock, with no more in memory than a rebuild holds."""
    events, vocabulary, made = USERS * CALLS * BATCH, Vocabulary(), records(USERS)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder) / "log.sqlite")
        while chunk := list(islice(made, OBJECT)):
            _read(encode_log(chunk), scratch)
        disk_bytes = (Path(folder) / "log.sqlite").stat().st_size
        some = _fold(scratch, vocabulary)
        scratch.discard()
    client, nobody = _answering(), Forgotten.of(())
    users, sessions = Users("bench", client), Sessions("bench", client)
    with _clock("write"):
        written = {restore(Family.of(found, nobody), users, sessions, vocabulary, print)
                   for found in some}
    assert written == {Outcome.WRITTEN}
    write_s = spent_s.pop("write") - spent_s["fold"] * len(some) / USERS
    report({
        **{f"{name}_events_per_s_core": round(events / s) for name, s in spent_s.items()},
        "all_but_writing_events_per_s_core": round(events / sum(spent_s.values())),
        "write_users_per_s_core": round(len(some) / write_s),
        "disk_bytes_per_event": round(disk_bytes / events),
        "events": events, "users": USERS,
    })


def _read(data: bytes, scratch: Scratch) -> None:
    with _clock("read"):
        found = list(decode_log(data))
    with _clock("sort"):
        scratch.keep(Listed(found[0].position.padded, "", 0, len(data)), found)


def _fold(scratch: Scratch, vocabulary: Vocabulary) -> list[list[Record]]:
    """Everybody; answers with the records of some."""
    some: list[list[Record]] = []
    for part in range(PARTS):
        with _clock("read_back"):
            by_user = list(scratch.users(part))
        with _clock("fold"):
            for found in by_user:
                fold_all(EMPTY, found, vocabulary)
        some += by_user[:WRITTEN - len(some)]
    return some


@contextmanager
def _clock(name: str) -> Iterator[None]:
    """CPU seconds of this process."""
    began = time.process_time()
    yield
    spent_s[name] += time.process_time() - began


def _answering() -> Any:
    """A DynamoDB client that does all a client does but wait: each call is answered at once."""
    client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="bench",
                          aws_secret_access_key="bench")
    client.meta.events.register("before-send.dynamodb", _answer)  # type: ignore[arg-type]
    return client


def _answer(**_: Any) -> AWSResponse:
    headers = HeadersDict({"Content-Type": "application/x-amz-json-1.0"})
    return AWSResponse("https://bench.invalid", 200, headers, _Empty(b"{}"))  # type: ignore[arg-type]


class _Empty(BytesIO):
    """An answer, as botocore streams it."""

    def stream(self) -> Iterator[bytes]:
        """The whole of it."""
        yield self.read()


if __name__ == "__main__":
    main()
