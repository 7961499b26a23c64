"""A proxy event finds its route; what goes wrong becomes an answer in one shape."""

import base64
import io
import json
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given
from hypothesis import strategies as st

from domain.event import EventError
from domain.freshness import FRESH_S
from domain.parameters import EXCLUDE_SEEN, RECENT, K
from functions.api import ApiError, Front, Request, Text, answer
from functions.settings import Public
from tests.functions.faults import client_error
from tests.functions.stage import NOW_MS, OPEN, payload, proxy_event

LOGGER = Logger(service="test")


def ask(act: Any, event: Any = None) -> tuple[int, Any]:
    event = event or proxy_event("GET", "/thing")
    found = answer(event, {f"{event['httpMethod']} {event['resource']}": act}, OPEN, LOGGER)
    return found["statusCode"], json.loads(found["body"])


def raising(error: Exception) -> Any:
    def act(_: Request) -> tuple[int, Any]:
        raise error
    return act


def request(query: list[tuple[str, str]] | None = None, body: Any = None, **path: str) -> Request:
    event = proxy_event("GET", "/thing", body, query or [], NOW_MS, **path)
    return Request(event, tokens_required=False)


def test_the_recorded_event_is_read() -> None:
    asked = Request(payload("api_gateway_rest_proxy"), tokens_required=False)

    assert asked.user_id() == "user@example.com"
    assert asked.received_ms == 1583798639428
    assert asked.asked(K) == K.default
    assert asked.asked(RECENT) == []


def test_an_answer_is_json_that_any_page_may_read() -> None:
    event = proxy_event("GET", "/thing")

    found = answer(event, {"GET /thing": lambda _: (200, {"name": "Žluťoučký"})},
                   Front("https://a.b", tokens_required=False), LOGGER)

    assert found == {
        "statusCode": 200, "body": '{"name":"Žluťoučký"}',
        "headers": {"Content-Type": "application/json", "Cache-Control": "private, no-store",
                    "Access-Control-Allow-Origin": "https://a.b"}}


TRENDING = {"GET /trending": lambda _: (200, {"recommendation_id": uuid4().hex, "items": [1]})}


def trending(**headers: str) -> Any:
    return answer(proxy_event("GET", "/trending") | {"headers": headers}, TRENDING, OPEN, LOGGER)


def test_what_anybody_may_keep_says_for_how_long_and_carries_its_tag() -> None:
    headers = trending()["headers"]

    assert headers["Cache-Control"] == f"public, max-age={FRESH_S['GET /trending']}"
    assert headers["ETag"].startswith('W/"')


@pytest.mark.parametrize("name", ["If-None-Match", "if-none-match"])
def test_who_holds_the_answer_is_told_so_and_no_more(name: str) -> None:
    tag = trending()["headers"]["ETag"]

    found = trending(**{name: tag})

    assert (found["statusCode"], found["body"], found["headers"]["ETag"]) == (304, "", tag)
    assert "Content-Type" not in found["headers"]


def test_who_holds_another_answer_gets_this_one() -> None:
    assert trending(**{"If-None-Match": 'W/"0123"'})["statusCode"] == 200


def test_a_refusal_is_kept_by_nobody() -> None:
    found = answer(proxy_event("GET", "/trending"), {
        "GET /trending": raising(ApiError(400, "invalid", "k", "k"))}, OPEN, LOGGER)

    assert found["headers"]["Cache-Control"] == "private, no-store"
    assert "ETag" not in found["headers"]


def test_a_text_is_answered_as_it_is() -> None:
    found = answer(proxy_event("GET", "/thing"), {
        "GET /thing": lambda _: (200, Text("text/html", "<p>"))}, OPEN, LOGGER)

    assert (found["headers"]["Content-Type"], found["body"]) == ("text/html", "<p>")


def test_a_refusal_names_its_field() -> None:
    status, body = ask(raising(ApiError(404, "not_found", "no such thing", "thing_id")))

    assert status == 404
    assert body == {"error": {"code": "not_found", "message": "no such thing",
                              "field": "thing_id"}}


def test_what_the_sender_did_wrong_is_400() -> None:
    status, body = ask(raising(EventError("events[3].at", "must be 1970 or later")))

    assert (status, body["error"]["code"], body["error"]["field"]) == (
        400, "invalid", "events[3].at")
    assert body["error"]["message"] == "events[3].at: must be 1970 or later"


def test_what_aws_did_wrong_is_503_and_says_nothing_of_it() -> None:
    status, body = ask(raising(client_error("InternalServerError", "get_item")))

    assert (status, body["error"]["code"], body["error"]["field"]) == (503, "unavailable", None)
    assert "InternalServerError" not in json.dumps(body)


def test_every_line_of_a_call_names_its_request() -> None:
    out, event = io.StringIO(), proxy_event("GET", "/thing")

    answer(event, {"GET /thing": raising(client_error("InternalServerError", "get_item"))}, OPEN,
           Logger(service="lines", stream=out))

    line = json.loads(out.getvalue())
    assert line["message"] == "not answered"
    assert line["request"] == event["requestContext"]["extendedRequestId"]


def test_a_call_from_a_console_has_no_request() -> None:
    event = proxy_event("GET", "/thing")
    del event["requestContext"]["extendedRequestId"]

    assert Request(event, tokens_required=False).id is None


def test_a_defect_of_ours_is_no_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        ask(raising(ZeroDivisionError()))


@pytest.mark.parametrize("body", ["", "{", "nothing", '{"a": }', "[" * 100_000, "1" * 5000])
def test_a_body_that_is_no_json_is_refused(body: str) -> None:
    with pytest.raises(ApiError) as raised:
        request(body=body).json()

    assert (raised.value.status, raised.value.body["error"]["field"]) == (400, "body")


def test_no_body_at_all_is_refused() -> None:
    with pytest.raises(ApiError):
        request().json()


def test_a_parameter_is_read_by_its_statement() -> None:
    asked = request([("recent", "a"), ("k", "7"), ("recent", "b,c")])

    assert (asked.asked(K), asked.asked(RECENT), asked.asked(EXCLUDE_SEEN)) == (
        7, ["a", "b,c"], True)


@pytest.mark.parametrize("query", [[("k", "0")], [("k", "")], [("k", "1"), ("k", "2")]])
def test_a_parameter_that_cannot_be_read_is_named(query: list[tuple[str, str]]) -> None:
    with pytest.raises(ApiError) as raised:
        request(query).asked(K)

    assert (raised.value.status, raised.value.body["error"]["field"]) == (400, "k")


IDS = ["plain", "žluťoučký kůň", "日本語", "🚲🚲", "a/b?c#d&e", "100%25", "1; DROP TABLE users--",
       "' OR '1'='1", "..", "+ +", "\\", '"']


@pytest.mark.parametrize("item_id", IDS)
def test_an_id_in_a_path_is_the_id_that_was_meant(item_id: str) -> None:
    assert request(item_id=item_id).item_id() == item_id


def read_item_id(sent: str) -> str | None:
    """The id behind a path, None when it is refused as it must be."""
    event = proxy_event("GET", "/thing", item_id="x")
    event["pathParameters"]["item_id"] = sent
    status, body = ask(lambda asked: (200, asked.item_id()), event)
    return str(body) if status == 200 else {"item_id": None}[body["error"]["field"]]


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_an_id_or_refused_by_name(text: str) -> None:
    sent = "".join(f"%{byte:02X}" for byte in text.encode(errors="surrogatepass"))

    assert read_item_id(sent) in (text, None)


@pytest.mark.parametrize("user_id", [*IDS, "~a-session", "~~odd", "~" + "s" * 127])
def test_a_user_is_named_by_id_or_by_session(user_id: str) -> None:
    assert request(user_id=user_id).user_id() == user_id


@pytest.mark.parametrize("user_id", ["", "~", "u" * 129, "~" + "s" * 128, "line\nbreak", "\x00"])
def test_what_is_no_user_is_refused(user_id: str) -> None:
    with pytest.raises(ApiError) as raised:
        request(user_id=user_id).user_id()

    assert (raised.value.status, raised.value.body["error"]["field"]) == (400, "user_id")


def test_bytes_that_are_no_text_are_no_id() -> None:
    event = proxy_event("GET", "/thing", item_id="x")
    event["pathParameters"]["item_id"] = "%FF%FE"

    with pytest.raises(ApiError) as raised:
        Request(event, tokens_required=False).item_id()

    assert raised.value.body["error"]["message"] == "item_id is no UTF-8"


TOLD = {"principalId": "ann", "subject": "ann", "expires_s": str(NOW_MS // 1000 + 60)}


def refused(user_id: str, told: dict[str, str] | None, *, required: bool = True) -> Any:
    """Status and field of the refusal; None when the call may be about this user."""
    event = proxy_event("GET", "/thing", user_id=user_id)
    event["requestContext"] |= {"authorizer": told}
    try:
        assert Request(event, tokens_required=required).user_id() == user_id
    except ApiError as error:
        return error.status, error.body["error"]["field"]
    return None


@pytest.mark.parametrize("required", [True, False])
def test_a_call_is_about_whom_its_token_names_and_nobody_else(required: bool) -> None:
    assert refused("ann", TOLD, required=required) is None
    assert refused("bob", TOLD, required=required) == (403, "user_id")
    assert refused("Ann", TOLD, required=required) == (403, "user_id")
    assert refused("~ann", TOLD, required=required) == (403, "user_id")


@pytest.mark.parametrize("told", [None, {}, {"principalId": "ann"}])
def test_a_call_that_came_past_the_authorizer_is_refused(told: Any) -> None:
    assert refused("ann", told) == (403, "authorization")
    assert refused("ann", told, required=False) is None


def test_what_api_gateway_remembers_of_a_token_ends_with_the_token() -> None:
    assert refused("ann", {**TOLD, "expires_s": str(NOW_MS // 1000)}) == (401, "authorization")
    assert refused("ann", {**TOLD, "expires_s": str(NOW_MS // 1000 + 1)}) is None


def test_a_session_is_its_own_when_its_token_says_so() -> None:
    assert refused("~s1", {**TOLD, "subject": "~s1"}) is None


def test_administrators_name_anybody() -> None:
    event = proxy_event("DELETE", "/thing", user_id="bob")

    assert Request(event, tokens_required=True).anybody() == "bob"


@pytest.mark.parametrize(("told", "required"), [("true", True), ("false", False), ("", True)])
def test_a_setting_nobody_understands_asks_for_tokens(told: str, required: bool) -> None:
    settings = Public(allowed_origin="*", tokens_required=told)

    assert Front.of(settings).tokens_required is required


def over_http(sent: str = "x", body: str | None = None, wrapped: bool = False) -> Request:
    """A call as an HTTP API hands it over. sent: the path parameter, as it arrives there."""
    event = payload("api_gateway_http_proxy") | {
        "pathParameters": {"item_id": sent}, "body": body, "isBase64Encoded": wrapped}
    return Request(event, tokens_required=False)


@pytest.mark.parametrize("item_id", IDS)
def test_an_id_that_an_http_api_decoded_is_not_decoded_again(item_id: str) -> None:
    assert over_http(item_id).item_id() == item_id


def test_the_event_of_an_http_api_is_read_as_that_of_a_rest_api() -> None:
    ours = payload("api_gateway_http_proxy")

    asked = Request(ours, tokens_required=False)

    assert (asked.user_id(), asked.received_ms) == ("user@example.com", 1583798639428)
    assert asked.id == "JKJaXmPLvHcESHA="
    assert answer(ours, {"GET /users/{user_id}/recommendations": lambda _: (200, {})}, OPEN,
                  LOGGER)["statusCode"] == 200


def test_an_authorizer_of_the_key_alone_names_no_user() -> None:
    event = payload("api_gateway_http_proxy")

    with pytest.raises(ApiError, match="no token"):
        Request(event, tokens_required=True).user_id()


def test_a_body_that_an_http_api_wrapped_is_unwrapped() -> None:
    wrapped = base64.b64encode('{"user_id":"ü"}'.encode()).decode()

    assert over_http(body=wrapped, wrapped=True).json() == {"user_id": "ü"}
    assert over_http(body='{"user_id":"ü"}').json() == {"user_id": "ü"}


@pytest.mark.parametrize("body", ["//8=", "no base64", "e30"])
def test_a_wrapped_body_that_is_no_json_is_refused(body: str) -> None:
    with pytest.raises(ApiError, match="body is no JSON"):
        over_http(body=body, wrapped=True).json()
