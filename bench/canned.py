"""AWS on this machine, as far as one list needs it: one user, models and a catalogue, nothing else.

Every read is answered from memory or a folder, over kept connections, by a process of its own.
"""

import base64
import json
import multiprocessing
import os
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
from domain.layout import CATALOG_KEY, MODELS_PREFIX
from domain.packing import pack
from functions.settings import Recommend

HISTORY = 60  # events of the user
THEN_MS = 1_760_000_000_000
MODELS_TABLE = "models"
EVENT = {"httpMethod": "GET", "resource": "/users/{user_id}/recommendations",
         "pathParameters": {"user_id": "user-1"}, "queryStringParameters": {"k": "10"},
         "requestContext": {"requestTimeEpoch": 0}}
TOLD = Recommend(
    allowed_origin="*", tokens_required="false", users_table="users", items_table="items",
    pages_table="pages", models_table=MODELS_TABLE, bucket_name="bucket", event_types="[]",
    defence="{}", rules="[]", exploration="{}", experiments="[]")
# As the functions' bundle ships them, modules come with their bytecode.
SETTINGS = TOLD.to_env() | {
    "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(".build/pyc").resolve()),
    "POWERTOOLS_METRICS_NAMESPACE": "bench", "POWERTOOLS_LOG_LEVEL": "CRITICAL"}
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
def canned_cloud(*folders: Path, catalogue: bytes = b"") -> Iterator[dict[str, str]]:
    """The environment that leads `recommend` there.

    folders: of the models that serve, each from the next look at the pointer on; none = none does.
    """
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(its, folders, catalogue), daemon=True)
    process.start()
    yield SETTINGS | ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{mine.recv()}"}
    process.terminate()
    process.join()


def _serve(pipe: Any, folders: tuple[Path, ...], catalogue: bytes) -> None:
    models = {verify(folder): folder for folder in folders}
    pointers = [{"Item": {"target": {"S": version}, "since_ms": {"N": str(THEN_MS)}}}
                for version in models] or [{}]
    rows = {MODELS_TABLE: pointers, "users": [user()]}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, models, rows, catalogue))
    pipe.send(server.server_port)
    server.serve_forever()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet

    def __init__(
        self, models: dict[str, Path], rows: dict[str, list[Any]], catalogue: bytes, *args: Any
    ) -> None:
        self._models, self._rows, self._catalogue = models, rows, catalogue
        super().__init__(*args)

    def do_POST(self) -> None:
        """DynamoDB."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found: Any = {"Items": [], "Count": 0}
        if not self.headers["X-Amz-Target"].endswith("Query"):
            rows = self._rows[asked["TableName"]]
            found = rows.pop(0) if len(rows) > 1 else rows[0]
        self._answer(200, json.dumps(found).encode())

    def do_GET(self) -> None:
        """S3: the catalogue, and files of models."""
        key = self.path.partition("?")[0].partition("/bucket/")[2]
        if self._catalogue and key == CATALOG_KEY:
            self._answer(200, self._catalogue)
        elif key.startswith(MODELS_PREFIX) and self._models:
            version, name = key.removeprefix(MODELS_PREFIX).split("/")
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            with (self._models[version] / name).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(first)
                self._answer(206, file.read(last + 1 - first), f"bytes {first}-{last}/{size}")
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

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
