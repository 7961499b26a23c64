"""What of a batch names users: its parts, gzipped JSON lines, and the lists of who is asked for."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.batch_plan import LISTED, PARTS
from domain.erasure import Forgotten
from domain.key import subject_hash
from domain.layout import BATCHES

GZIP = zlib.MAX_WBITS + 16  # source: Python, zlib.compressobj


class BatchError(ValueError):
    """The bytes are no part and no list of ours."""


class Part:
    """Lines as they come, packed at once: those of 5,000 users with long lists are 500 MB."""

    def __init__(self) -> None:
        self.lines = 0
        self._bytes = bytearray()
        # No time inside: what was made of the same is the same.
        self._packing = zlib.compressobj(wbits=GZIP)

    def add(self, line: Mapping[str, Any]) -> None:
        """One more user."""
        self._bytes += self._packing.compress(_encode(line))
        self.lines += 1

    def to_bytes(self) -> bytes:
        """All of it; nothing can be added any more."""
        return bytes(self._bytes) + self._packing.flush()


def line_of(subject: str, at_ms: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """A user's line, of what the API answers for one. at_ms: nothing later is in it."""
    kept = ("recommendation_id", "source", "model", "rules", "experiments")
    return {
        "user_id": subject, "at_ms": at_ms,
        **{name: answer[name] for name in kept if name in answer},
        "items": [{name: value for name, value in place.items() if name != "title"}
                  for place in answer["items"]]}


def read_part(data: bytes) -> Iterator[dict[str, Any]]:
    """The lines of a part. raises: BatchError."""
    try:
        for line in gzip.decompress(data).splitlines():
            yield json.loads(line)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise BatchError(f"no part of a batch: {type(error).__name__}") from error


def listed(subjects: Sequence[str], at_ms: int) -> bytes:
    """Who is asked for in a segment, as the bucket keeps it."""
    return json.dumps({"at_ms": at_ms, "users": list(subjects)}, ensure_ascii=False).encode()


def read_listed(data: bytes) -> list[str]:
    """Who is asked for in a segment. raises: BatchError."""
    return list(_listed(data)["users"])


def without(key: str, data: bytes, forgotten: Forgotten) -> tuple[bytes, Counter[int]]:
    """An object of a batch without the forgotten, and of whom how much was in it.

    What names nobody comes back as it was. raises: BatchError.
    """
    folder = key.removeprefix(BATCHES).partition("/")[2]
    if folder.startswith(PARTS):
        return _part_without(data, forgotten)
    return _listed_without(data, forgotten) if folder.startswith(LISTED) else (data, Counter())


def _part_without(data: bytes, forgotten: Forgotten) -> tuple[bytes, Counter[int]]:
    part, found = Part(), Counter[int]()
    for line in read_part(data):
        who = subject_hash(line["user_id"])
        if forgotten.covers(who, line["at_ms"]):
            found[who] += 1
        else:
            part.add(line)
    return (part.to_bytes() if found else data), found


def _listed_without(data: bytes, forgotten: Forgotten) -> tuple[bytes, Counter[int]]:
    told = _listed(data)
    kept, found = list[str](), Counter[int]()
    for subject in told["users"]:
        who = subject_hash(subject)
        if forgotten.covers(who, told["at_ms"]):
            found[who] += 1
        else:
            kept.append(subject)
    return (listed(kept, told["at_ms"]) if found else data), found


def _listed(data: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(data))
    except ValueError as error:
        raise BatchError(f"no list of users: {type(error).__name__}") from error


def _encode(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
