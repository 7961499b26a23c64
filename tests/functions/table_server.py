"""A table on this machine that does to each request what it is told to, over real sockets."""

import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.credentials import Credentials

from functions.aws import BRIEF
from functions.wire import Wire

ROW = {"state": {"B": "AAEC"}, "revision": {"N": "7"}}
READ = {"state": {"B": b"\x00\x01\x02"}, "revision": {"N": "7"}}


def told(status: int, body: Any, **headers: str) -> bytes:
    """An answer as DynamoDB sends it."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"x-amz-crc32": str(zlib.crc32(data)), "Content-Length": str(len(data)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data


def refused(status: int, code: str) -> bytes:
    """An error as DynamoDB tells it."""
    return told(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"})


GOOD = told(200, {"Item": ROW})
PATIENT_S = 20.0  # of a try that is answered, however busy this machine is
HANGS, CLOSES = b"hangs", b"closes"


def client(**options: Any) -> Any:
    """boto3's, of nobody's account."""
    return boto3.Session("x", "x", region_name="eu-west-1").client(
        "dynamodb", config=BRIEF.botocore(), **options)


@dataclass
class Table:
    """answers: to each request in turn.   asked: what came, head and body.

    callers: connections that were opened.
    """

    answers: list[bytes]
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    callers: list[socket.socket] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    readers: list[Wire] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def wire(self, try_s: float = PATIENT_S) -> Wire:
        """What reads from it."""
        keys = Credentials("AKIDEXAMPLE", "secret", "token")
        return self.opened(Wire(client(endpoint_url=self.url), keys, pause=self.pauses.append,
                                try_s=try_s))

    def opened(self, wire: Wire) -> Wire:
        """A reader that is closed with the table."""
        self.readers.append(wire)
        return wire

    def serve(self, server: socket.socket) -> None:
        """Until the server is shut."""
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            self.callers.append(caller)
            threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with suppress(OSError):  # the caller, or this table, is gone
            self._answer(caller)

    def _answer(self, caller: socket.socket) -> None:
        while request := _request(caller):
            self.asked.append(request)
            answer = self.answers.pop(0)
            if answer == HANGS:
                continue
            if answer == CLOSES:
                caller.shutdown(socket.SHUT_RDWR)
                return
            caller.sendall(answer)


def _request(caller: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        if not (part := caller.recv(65_536)):
            return b""
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += caller.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextmanager
def table(*answers: bytes) -> Iterator[Table]:
    """One that answers so, while it is open."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Table(list(answers), server.getsockname()[1])
        thread = threading.Thread(target=made.serve, args=(server,), daemon=True)
        thread.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for end in made.callers:
            end.close()
        for reader in made.readers:
            reader.close()
