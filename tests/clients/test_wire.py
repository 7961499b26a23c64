import time
from email.utils import formatdate

import httpx
import pytest
from headwater_client.answer import Answer
from headwater_client.entry import Entry
from headwater_client.wire import answer_of, batch_call, list_call, no_answer

EVENT = {"event_id": "e1", "type": "click", "item_id": "i1"}


def test_a_batch_is_of_one_user() -> None:
    call = batch_call([Entry("ann", EVENT, 0.0), Entry("ann", EVENT, 0.0)])

    assert (call.method, call.path, call.body) == (
        "POST", "/events", {"user_id": "ann", "events": [EVENT, EVENT]})


def test_an_anonymous_batch_names_its_session_without_the_mark() -> None:
    assert batch_call([Entry("~s1", EVENT, 0.0)]).body == {"session_id": "s1", "events": [EVENT]}


def test_a_session_is_joined_at_its_user() -> None:
    call = batch_call([Entry("ann/b ü", None, 0.0, "s1")])

    assert (call.path, call.body) == ("/users/ann%2Fb%20%C3%BC/sessions", {"session_id": "s1"})


def test_a_list_is_asked_for_with_what_is_known_alone() -> None:
    assert list_call("ann", None, True, []).path == "/users/ann/recommendations?"
    assert list_call("~s", 5, False, ["a b", "c&d"]).path == (
        "/users/~s/recommendations?recent=a%20b&recent=c%26d&k=5&exclude_seen=false")


def test_a_request_carries_key_and_token() -> None:
    request = batch_call([Entry("ann", EVENT, 0.0)]).request("http://h/v1", "key", "token")

    assert str(request.url) == "http://h/v1/events"
    assert (request.headers["x-api-key"], request.headers["authorization"]) == (
        "key", "Bearer token")


def test_what_is_not_given_is_not_sent() -> None:
    request = list_call("ann", None, True, []).request("http://h", None, None)

    assert {"x-api-key", "authorization", "content-type"} & request.headers.keys() == set()


@pytest.mark.parametrize("content", [b"<html>", b"", b"[1]", b"null", b'{"accepted": ', b"\xff"])
def test_what_is_no_object_is_an_empty_body(content: bytes) -> None:
    assert answer_of(httpx.Response(202, content=content)) == Answer(202, {})


@pytest.mark.parametrize(("header", "wait_s"), [
    ("120", 120.0), ("0", 0.0), ("-5", 0.0), ("soon", 0.0), ("", 0.0), ("1e3", 0.0),
    ("\u0662", 0.0), (formatdate(0), 0.0), ("Fri, 31 Dec 9999 23:59:59 +2400", 0.0)])
def test_a_server_says_how_long_to_wait(header: str, wait_s: float) -> None:
    response = httpx.Response(429, headers={"retry-after": header.encode()})

    assert answer_of(response).retry_after_s == wait_s


def test_a_server_may_say_until_when_to_wait() -> None:
    response = httpx.Response(503, headers={"retry-after": formatdate(time.time() + 60)})

    assert 50 < answer_of(response).retry_after_s <= 60


def test_no_answer_says_why() -> None:
    assert no_answer(httpx.ConnectError("refused")).message == "refused"
    assert no_answer(httpx.ReadTimeout("")).message == "ReadTimeout"
