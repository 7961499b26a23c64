"""A table on this machine that answers every read with one user's state, over kept connections."""

import base64
import json
import multiprocessing
import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from domain.features import Interaction, UserState
from domain.packing import pack

HISTORY = 60  # events of the user
THEN_MS = 1_760_000_000_000


def answer() -> bytes:
    """What DynamoDB says of a user."""
    chance = random.Random(2)
    history = tuple(Interaction(THEN_MS + n * 60_000, chance.getrandbits(64), 2)
                    for n in range(HISTORY))
    state = pack(UserState(history=history, counts={2: HISTORY}))
    return json.dumps({"Item": {
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "revision": {"N": "60"},
        "state": {"B": base64.b64encode(state).decode()}}}).encode()


@contextmanager
def canned_table() -> Iterator[str]:
    """Its URL; it runs in a process of its own."""
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(its,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{mine.recv()}"
    process.terminate()
    process.join()


def _serve(pipe: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    pipe.send(server.server_port)
    server.serve_forever()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    data = answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("x-amz-crc32", str(zlib.crc32(self.data)))
        self.send_header("Content-Length", str(len(self.data)))
        self.end_headers()
        self.wfile.write(self.data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its own name)
        pass
