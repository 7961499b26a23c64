import gc
import http.client
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import Credentials

from local.client import Client, encode
from local.function import FunctionError
from local.gateway import Gateway, _Server
from local.proxy import Request
from local.routes import Answer, Refusals, Routes
from local.signature import sign
from tests.local.stage import template

KEYS = Credentials("LOCALKEY", "secret")
KEY = ("x-api-key", "right")


class Functions:
    """Answers with the event; the broken one fails, or answers nonsense."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __call__(self, function: str, event: Any) -> Any:
        self.called.append(function)
        if function != "Broken":
            status = 202 if function == "TakeIn" else 200
            return {"statusCode": status, "body": json.dumps(event)}
        if (event["queryStringParameters"] or {}).get("how") == "nonsense":
            return {"no": "status"}
        raise FunctionError("broken")


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def accepted() -> list[int]:
    return []


@pytest.fixture
def gateway(functions: Functions, accepted: list[int]) -> Gateway:
    made = template()
    return Gateway(Routes.of(made), Refusals(made), functions, api_key="right", credentials=KEYS,
                   accepted=lambda: accepted.append(len(functions.called)))


@pytest.fixture
def url(gateway: Gateway) -> Iterator[str]:
    yield gateway.start()
    gateway.stop()


def error(answer: Answer) -> dict[str, Any]:
    return dict(json.loads(answer.body)["error"])


def event_of(answer: Answer) -> dict[str, Any]:
    return dict(json.loads(answer.body))


def test_a_function_gets_the_event_that_api_gateway_would_send(gateway: Gateway) -> None:
    answer = gateway.answer(Request(
        "GET", "/echo/a%2Fb?k=5&recent=1&recent=2&empty=", [KEY, ("Accept", "a"), ("Accept", "b")],
        source_ip="10.0.0.1"))

    event = event_of(answer)
    context = event.pop("requestContext")
    assert event == {
        "resource": "/echo/{item_id}", "path": "/echo/a%2Fb", "httpMethod": "GET",
        "headers": {"x-api-key": "right", "Accept": "b"},
        "multiValueHeaders": {"x-api-key": ["right"], "Accept": ["a", "b"]},
        "queryStringParameters": {"k": "5", "recent": "2", "empty": ""},
        "multiValueQueryStringParameters": {"k": ["5"], "recent": ["1", "2"], "empty": [""]},
        "pathParameters": {"item_id": "a%2Fb"}, "stageVariables": None, "body": None,
        "isBase64Encoded": False}
    assert context["resourcePath"] == "/echo/{item_id}"
    assert isinstance(context["requestTimeEpoch"], int)
    assert context["identity"]["sourceIp"] == "10.0.0.1"
    assert context["identity"]["apiKey"] == "right"


def test_what_is_absent_is_null(gateway: Gateway) -> None:
    event = event_of(gateway.answer(Request("GET", "/echo/mine", [])))

    assert [event[name] for name in ("headers", "queryStringParameters", "pathParameters")] \
        == [None, None, None]
    assert event["requestContext"]["identity"]["apiKey"] is None


@pytest.mark.parametrize("headers", [[], [("x-api-key", "wrong")]])
def test_without_the_key_no_function_is_asked(
    gateway: Gateway, functions: Functions, headers: list[tuple[str, str]]
) -> None:
    answer = gateway.answer(Request("GET", "/echo/1", headers))

    assert (answer.status, error(answer)["code"]) == (403, "INVALID_API_KEY")
    assert functions.called == []


def test_the_case_of_the_key_header_does_not_matter(gateway: Gateway) -> None:
    assert gateway.answer(Request("GET", "/echo/1", [("X-API-Key", "right")])).status == 200


def test_an_unknown_route_looks_like_a_missing_token(gateway: Gateway) -> None:
    answer = gateway.answer(Request("GET", "/nothing", [KEY]))

    assert (answer.status, error(answer)["message"]) == (403, "no such route")


def test_an_admin_route_takes_the_signature_and_no_key(gateway: Gateway) -> None:
    headers = sign("PUT", "http://here/echo/1", b"{}", KEYS)

    answer = gateway.answer(Request("PUT", "/echo/1", [("Host", "here"), *headers.items()], b"{}"))

    assert answer.status == 200
    assert event_of(answer)["requestContext"]["identity"]["accessKey"] == "LOCALKEY"


def test_an_admin_route_refuses_the_key_alone(gateway: Gateway) -> None:
    answer = gateway.answer(Request("PUT", "/echo/1", [KEY], b"{}"))

    assert (answer.status, error(answer)["code"]) == (403, "MISSING_AUTHENTICATION_TOKEN")


def test_an_admin_route_refuses_a_wrong_signature(gateway: Gateway, functions: Functions) -> None:
    headers = sign("PUT", "http://here/echo/1", b"{}", Credentials("LOCALKEY", "guess"))

    answer = gateway.answer(Request("PUT", "/echo/1", [("Host", "here"), *headers.items()], b"{}"))

    assert (answer.status, error(answer)["code"]) == (403, "INVALID_SIGNATURE")
    assert functions.called == []


@pytest.mark.parametrize("body", [
    b"", b"no json", b"[]", b"{}", b'{"user_id": 1}', b'{"user_id": "u", "n": "x"}',
    b'{"user_id": "u", "other": 1}', b"\xff\xfe",
])
def test_a_body_that_breaks_the_model_is_refused(
    gateway: Gateway, functions: Functions, body: bytes
) -> None:
    answer = gateway.answer(Request("POST", "/events", [KEY], body))

    assert (answer.status, error(answer)["code"]) == (400, "BAD_REQUEST_BODY")
    assert functions.called == []


def test_a_body_of_another_type_passes_unchecked(gateway: Gateway) -> None:
    headers = [KEY, ("Content-Type", "text/plain; charset=utf-8")]

    assert gateway.answer(Request("POST", "/events", headers, b"no json")).status == 202


def test_a_body_is_text_to_the_function(gateway: Gateway) -> None:
    body = '{"user_id": "ü"}'.encode()

    assert event_of(gateway.answer(Request("POST", "/events", [KEY], body)))["body"] \
        == '{"user_id": "ü"}'


@pytest.mark.parametrize("how", ["raise", "nonsense"])
def test_a_function_that_fails_is_a_502_that_says_nothing(gateway: Gateway, how: str) -> None:
    answer = gateway.answer(Request("GET", f"/broken?how={how}", [KEY]))

    assert (answer.status, answer.body) == (502, b'{"message":"Internal server error"}')


def test_a_change_is_kept_before_it_is_answered(gateway: Gateway, accepted: list[int]) -> None:
    gateway.answer(Request("GET", "/echo/1", [KEY]))
    gateway.answer(Request("POST", "/events", [KEY], b"bad"))
    gateway.answer(Request("POST", "/events", [KEY], b'{"user_id": "u"}'))

    assert accepted == [2]  # once, after the second function


def test_headers_and_binary_bodies_of_an_answer_pass() -> None:
    made = template()
    gateway = Gateway(
        Routes.of(made), Refusals(made), lambda *_: {
            "statusCode": "201", "headers": {"content-type": "image/png", "X-N": 1},
            "multiValueHeaders": {"Set-Cookie": ["a", "b"]}, "body": "AAE=",
            "isBase64Encoded": True},
        api_key="right", credentials=KEYS)

    answer = gateway.answer(Request("GET", "/echo/1", [KEY]))

    assert answer.status == 201
    assert answer.headers == [("content-type", "image/png"), ("X-N", "1"), ("Set-Cookie", "a"),
                              ("Set-Cookie", "b")]
    assert answer.body == b"\x00\x01"


def test_a_client_keeps_its_connection(url: str) -> None:
    with Client(url, "right", KEYS) as client:
        first = client.call("GET", f"/echo/{encode('a/b ü')}")
        second = client.call("POST", "/events", {"user_id": "u"})
        third = client.call("PUT", "/echo/1?x=1", {"n": 1}, admin=True)

    assert [first.status, second.status, third.status] == [200, 202, 200]
    assert first.body["pathParameters"] == {"item_id": "a%2Fb%20%C3%BC"}
    assert first.ms > 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_signs_as_well(url: str) -> None:
    done = subprocess.run(
        ["curl", "-s", "-X", "PUT", "--aws-sigv4", "aws:amz:us-east-1:execute-api", "--user",
         "LOCALKEY:secret", "-H", "content-type: application/json", "-d", '{"n": 1}',
         f"{url}/echo/7?k=1"], capture_output=True, check=True)

    assert json.loads(done.stdout)["pathParameters"] == {"item_id": "7"}


def test_a_body_over_ten_megabytes_is_refused(url: str, functions: Functions) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))

    connection.request("POST", "/events", b"x" * (10 * 1024 * 1024 + 1), dict([KEY]))

    response = connection.getresponse()
    assert (response.status, json.loads(response.read())) == (413, {"message": "Request Too Long"})
    assert functions.called == []
    connection.close()


@pytest.mark.parametrize("line", ["Content-Length: many", "Transfer-Encoding: chunked"])
def test_a_body_of_unknown_length_is_refused(url: str, line: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST /events HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\n".encode())

        answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 411 ")


def test_many_callers_at_once_are_all_answered(url: str) -> None:
    statuses: list[int] = []

    def call() -> None:
        with Client(url, "right", KEYS) as client:
            statuses.extend(client.call("GET", "/echo/1").status for _ in range(10))

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert statuses == [200] * 80


def test_callers_who_connect_at_once_need_not_try_again(gateway: Gateway) -> None:
    server = _Server(("127.0.0.1", 0), gateway)  # it listens, and takes nobody in yet

    callers = [socket.create_connection(server.server_address, timeout=0.9) for _ in range(64)]

    for caller in callers:
        caller.close()
    server.server_close()


def test_no_call_waits_while_garbage_is_looked_for_in_what_was_there_before(
    gateway: Gateway
) -> None:
    gateway.start()
    passed_over = gc.get_freeze_count()
    gateway.stop()

    assert passed_over > 10_000 > gc.get_freeze_count()


def test_stopping_ends_connections_that_are_kept_open(gateway: Gateway) -> None:
    before = set(threading.enumerate())
    url = gateway.start()
    client = Client(url, "right", KEYS)
    client.call("GET", "/echo/1")

    gateway.stop()

    assert set(threading.enumerate()) == before
    client.close()
