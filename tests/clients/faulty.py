"""A server that fails as it is told to, before or after a call took effect; behind it an API."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from domain.event import EventError, parse_batch
from domain.vocabulary import Vocabulary

Headers = Mapping[str, str]
Answer = tuple[int, dict[str, str], bytes]
Behind = Callable[[str, str, Headers, bytes], Answer]

JSON = {"content-type": "application/json"}
LOGIN_PAGE: Answer = (200, {"content-type": "text/html"}, b"<html>Welcome to our hotel</html>")


@dataclass
class Api:
    """Takes batches as the deployment does, by the same parser, and keeps what it took."""

    batches: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    joined: dict[str, str] = field(default_factory=dict)
    queries: list[dict[str, list[str]]] = field(default_factory=list)

    def __call__(self, method: str, target: str, _: Headers, body: bytes) -> Answer:
        path = urlsplit(target).path
        if path.endswith("/recommendations"):
            return self._listing(unquote(path.split("/")[2]), target)
        if path.endswith("/sessions"):
            return self._join(unquote(path.split("/")[2]), json.loads(body)["session_id"])
        return self._take(json.loads(body))

    def _take(self, body: Any) -> Answer:
        try:
            batch, rejected = parse_batch(body, time.time_ns() // 1_000_000, Vocabulary())
        except EventError as error:
            return refusal(400, str(error), error.field)
        taken = {event.event_id for event in batch.events}
        self.batches.append((batch.subject, [raw for raw in body["events"]
                                             if raw["event_id"] in taken]))
        self.seen.update(taken)
        return 202, JSON, json.dumps({"accepted": len(taken), "rejected": [
            {"index": r.index, "field": r.field, "reason": r.reason} for r in rejected]}).encode()

    def _join(self, user_id: str, session_id: str) -> Answer:
        if self.joined.setdefault(session_id, user_id) != user_id:
            return refusal(409, "the session is somebody else's", "session_id")
        return 200, JSON, json.dumps({"user_id": user_id, "session_id": session_id,
                                      "joined": True}).encode()

    def _listing(self, user_id: str, target: str) -> Answer:
        self.queries.append(parse_qs(urlsplit(target).query))
        return 200, JSON, json.dumps({
            "user_id": user_id, "recommendation_id": "list-1", "source": "personal", "why": "",
            "model": None, "items": [{"item_id": "a", "rank": 1},
                                     {"item_id": "b", "rank": 2, "propensity": 0.25}]}).encode()


def refusal(status: int, message: str, field_: str | None = None) -> Answer:
    return status, JSON, json.dumps(
        {"error": {"code": "refused", "message": message, "field": field_}}).encode()


def forward_to(url: str) -> Behind:
    """Whatever answers there."""
    def forward(method: str, target: str, headers: Headers, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request(method, target, body, {
            name: value for name, value in headers.items() if name.lower() != "host"})
        response = connection.getresponse()
        found = {name: value for name, value in response.getheaders()
                 if name.lower() != "content-length"}
        answer = response.status, found, response.read()
        connection.close()
        return answer

    return forward


@dataclass
class Call:
    """One POST as it came. ended_s: when it was answered or cut off."""

    path: str
    headers: Headers
    body: Any
    began_s: float
    ended_s: float = 0.0

    @property
    def items(self) -> list[str]:
        return [event["item_id"] for event in self.body.get("events", ())]


class FaultyServer:
    """faults: what happens to the next POSTs, one each; then all is well.

    ok · before, after: the connection ends before or after the effect · page: somebody else's
    answer · half: an effect, and half an answer · {status, retry_after}: an answer and no effect;
    `for`, `at`: to calls that hold that text, or have it in their path.
    """

    def __init__(self, behind: Behind) -> None:
        self.behind, self.faults, self.calls = behind, list[Any](), list[Call]()
        self.others = list[str]()  # methods of all other calls
        self.down, self.url = False, ""
        self.delay_s = 0.0
        self.lock = threading.Lock()

    def serve(self, connection: "_Connection") -> None:
        length = int(connection.headers.get("content-length") or 0)
        body = connection.rfile.read(length)
        headers = dict(connection.headers.items())
        if self.down:
            return connection.cut()
        if connection.command != "POST":
            self.others.append(connection.command)
            return connection.send(self.behind(connection.command, connection.path, headers, body))
        call = Call(connection.path, headers, json.loads(body), time.monotonic())
        with self.lock:
            self.calls.append(call)
            fault = self._fault(call.path, body)
        time.sleep(self.delay_s)
        try:
            self._fail(fault, connection, headers, body)
        finally:
            call.ended_s = time.monotonic()
        return None

    def _fault(self, path: str, body: bytes) -> Any:
        for place, fault in enumerate(self.faults):
            if not isinstance(fault, dict) or (fault.get("for", "").encode() in body
                                               and fault.get("at", "") in path):
                return self.faults.pop(place)
        return "ok"

    def _fail(self, fault: Any, connection: "_Connection", headers: Headers, body: bytes) -> None:
        if isinstance(fault, dict):
            status, found, content = refusal(fault["status"], "as it was told")
            after = {"retry-after": str(fault["retry_after"])} if "retry_after" in fault else {}
            return connection.send((status, {**found, **after}, content))
        if fault == "before":
            return connection.cut()
        if fault == "page":
            return connection.send(LOGIN_PAGE)
        answer = self.behind("POST", connection.path, headers, body)
        if fault == "after":
            return connection.cut()
        return connection.send(answer, half=fault == "half")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def serve(self) -> None:
        self.server.faulty.serve(self)

    do_GET = do_POST = do_OPTIONS = serve

    def send(self, answer: Answer, half: bool = False) -> None:
        status, headers, body = answer
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if half else body)
        if half:
            self.cut()

    def cut(self) -> None:
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """What came is in `calls`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faulty: FaultyServer

    def handle_error(self, *_: Any) -> None:
        """A client that went away."""


@contextmanager
def serving(behind: Behind) -> Iterator[FaultyServer]:
    """The server on 127.0.0.1."""
    server = _Server(("127.0.0.1", 0), _Connection)
    server.faulty = FaultyServer(behind)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="faulty")
    thread.start()
    server.faulty.url = f"http://127.0.0.1:{server.server_port}"
    yield server.faulty
    server.shutdown()
    thread.join()
    server.server_close()
