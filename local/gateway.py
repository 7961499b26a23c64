"""HTTP -> API Gateway's proxy event -> function -> HTTP.

Plays a REST or an HTTP API with Lambda proxy integrations: routes, API key, IAM signatures,
authorizers, body models, preflight answers, gateway responses. Not played: throttling, quotas, the
29 s limit, caching.
"""

import gc
import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from botocore.credentials import Credentials

from local import http_api
from local.authorizer import TurnedAwayError, arn_of
from local.function import FunctionError
from local.links import Links
from local.proxy import STAGE, MalformedError, Request, answer_of
from local.proxy import event as proxy_event
from local.routes import Answer, Refusals, Route, Routes
from local.signature import SignatureError, verify
from local.template import Template

MAX_BODY_BYTES = 10 * 1024 * 1024  # source: AWS, "API Gateway quotas", payload size
_JSON = "application/json"
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


class Gateway:
    """Answers requests, and listens on 127.0.0.1 between `start` and `stop`.

    accepted: called before a call that changed something is answered.
    cors:     of an API that answers pages of other origins by itself.
    links:    to objects of the bucket, which S3 would answer; None = there are none.
    """

    def __init__(
        self, routes: Routes, refusals: Refusals | http_api.HttpRefusals,
        invoke: Callable[[str, Any], Any], *,
        api_key: str, credentials: Credentials, accepted: Callable[[], None] = lambda: None,
        cors: http_api.Cors | None = None, links: Links | None = None,
    ) -> None:
        self._routes, self._refusals, self._invoke = routes, refusals, invoke
        self._api_key, self._credentials, self._accepted = api_key, credentials, accepted
        self._cors, self._links = cors, links

    @classmethod
    def of(cls, template: Template, invoke: Callable[[str, Any], Any], **more: Any) -> Self:
        """The API of a template whose names are bound."""
        if http_api.is_in(template):
            return cls(http_api.routes_of(template), http_api.HttpRefusals(), invoke,
                       cors=http_api.Cors.of(template), **more)
        return cls(Routes.of(template), Refusals(template), invoke, **more)

    def start(self, port: int = 0) -> str:
        """Listen; answers with the URL. port: 0 = any free one."""
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        name="gateway")
        self._thread.start()
        # To look through half a million objects of moto and models stops every call for 0.2 s.
        gc.freeze()
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """End every connection and every thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        gc.unfreeze()

    def answer(self, request: Request) -> Answer:
        """What API Gateway would answer, or S3 whoever has a link."""
        if asked := self._aside(request):
            return asked
        found = self._routes.find(request.method, request.path)
        if found is None:
            return self._refusals.unknown()
        route, parameters = found
        if route.mock:
            return route.mock
        try:
            told = self._ask_authorizer(route, request)
            refusal = self._refuse(route, request)
            if refusal:
                return refusal
            answer = answer_of(self._invoke(route.function, proxy_event(
                route, parameters, request, self._api_key, self._credentials.access_key, told)))
        except TurnedAwayError as error:
            return self._refusals.answer(error.kind)
        except (FunctionError, MalformedError):
            return self._refusals.answer("DEFAULT_5XX")
        if request.method in _CHANGING and answer.status < 300:
            self._accepted()
        return self._cors.mark(answer, request.by_name) if self._cors else answer

    def _aside(self, request: Request) -> Answer | None:
        """Of what is no call of a route."""
        if self._links and (found := self._links.answer(request)):
            return found
        return self._cors.preflight(request.method, request.by_name) if self._cors else None

    def too_large(self) -> Answer:
        """What a body over the limit gets."""
        return self._refusals.answer("REQUEST_TOO_LARGE")

    def _ask_authorizer(self, route: Route, request: Request) -> dict[str, str] | None:
        if not route.authorizer:
            return None
        method_arn = arn_of(STAGE, request.method, request.path)
        return route.authorizer.ask(self._invoke, request.values, method_arn)

    def _refuse(self, route: Route, request: Request) -> Answer | None:
        if route.signed:
            try:
                verify(request.method, request.target, request.headers, request.body,
                       self._credentials, datetime.now(UTC))
            except SignatureError as error:
                kind = "INVALID_SIGNATURE" if request.header("authorization") \
                    else "MISSING_AUTHENTICATION_TOKEN"
                return self._refusals.answer(kind, str(error))
        if route.keyed and request.header("x-api-key") != self._api_key:
            return self._refusals.answer("INVALID_API_KEY")
        kind_of_body = request.header("content-type").partition(";")[0].strip().lower()
        # A body that says it is something else passes. source: AWS, "Request validation for REST
        # APIs in API Gateway".
        if route.check and kind_of_body in ("", _JSON) and not _fits(route, request.body):
            return self._refusals.answer("BAD_REQUEST_BODY")
        return None


def _fits(route: Route, body: bytes) -> bool:
    try:
        return route.check is None or route.check(json.loads(body or b"null"), "") is None
    except ValueError:
        return False


class _Server(ThreadingHTTPServer):
    """Knows its connections, so that it can end those that are kept alive."""

    # Callers who connect at once. Of five, as Python has it, the sixth tries again a second later.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], gateway: Gateway) -> None:
        super().__init__(address, _Connection)
        self.daemon_threads = False  # so that server_close waits for them
        self.gateway = gateway
        self.open: set[socket.socket] = set()

    def server_close(self) -> None:
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # its client was faster
                continue
        super().server_close()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else small answers wait 40 ms for an acknowledgement
    wbufsize = -1  # head and body in one packet
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > MAX_BODY_BYTES:
            left = int(length)  # read it all the same: who is still sending hears no answer
            while left > 0 and (data := self.rfile.read(min(left, MAX_BODY_BYTES))):
                left -= len(data)
            self.close_connection = True
            self._send(self.server.gateway.too_large())
        else:
            request = Request(self.command, self.path, list(self.headers.items()),
                              self.rfile.read(int(length)), self.client_address[0])
            self._send(self.server.gateway.answer(request))

    def log_message(self, *_: Any) -> None:
        """Functions log what matters."""

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


for _method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY", *_CHANGING):
    setattr(_Connection, f"do_{_method}", _Connection.serve)
