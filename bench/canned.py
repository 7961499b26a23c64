"""AWS on this machine, as far as one list needs it: one user, one model, nothing else.

Every read is answered from memory or a folder, over kept connections, by a process of its own.
"""

import base64
import json
import multiprocessing
import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from domain.artifact import verify
from domain.features import Interaction, UserState
from domain.key import item_key
from domain.layout import MODELS_PREFIX
from domain.packing import pack

HISTORY = 60  # events of the user
THEN_MS = 1_760_000_000_000
MODELS_TABLE = "models"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
               "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def user() -> dict[str, Any]:
    """What DynamoDB says of one, who did something with items of `bench.shop`."""
    chance = random.Random(2)
    history = tuple(Interaction(THEN_MS + n * 60_000, item_key(f"item-{chance.randrange(9_000)}"),
                                2) for n in range(HISTORY))
    state = pack(UserState(history=history, counts={2: HISTORY}))
    return {"Item": {"subject": {"S": "user-1"}, "part": {"S": "state"}, "revision": {"N": "60"},
                     "state": {"B": base64.b64encode(state).decode()}}}


@contextmanager
def canned_cloud(folder: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment that leads boto3 there. folder: of the model that serves, if one does."""
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(its, folder), daemon=True)
    process.start()
    yield ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{mine.recv()}"}
    process.terminate()
    process.join()


def _serve(pipe: Any, folder: Path | None) -> None:
    version = verify(folder) if folder else None
    pointer = {"Item": {"target": {"S": version}, "since_ms": {"N": str(THEN_MS)}}}
    rows = {MODELS_TABLE: pointer if version else {}, "users": user()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, folder, rows))
    pipe.send(server.server_port)
    server.serve_forever()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet

    def __init__(self, folder: Path | None, rows: dict[str, Any], *args: Any) -> None:
        self._folder, self._rows = folder, rows
        super().__init__(*args)

    def do_POST(self) -> None:
        """DynamoDB."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_query = self.headers["X-Amz-Target"].endswith("Query")
        found = {"Items": [], "Count": 0} if is_query else self._rows[asked["TableName"]]
        self._answer(200, json.dumps(found).encode())

    def do_GET(self) -> None:
        """S3: the model's files."""
        name = self.path.partition("?")[0].rpartition("/")[2]
        if self._folder is None or f"/{MODELS_PREFIX}" not in self.path:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            data = (self._folder / name).read_bytes()
            self._answer(206, data[first:last + 1], f"bytes {first}-{last}/{len(data)}")

    def _answer(self, status: int, data: bytes, span: str = "") -> None:
        self.send_response(status)
        if span:
            self.send_header("Content-Range", span)
        self.send_header("x-amz-crc32", str(zlib.crc32(data)))
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its own name)
        pass
