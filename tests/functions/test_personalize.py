"""Who signed with the key is answered, and every error as Personalize's clients know it."""

import json
from base64 import b64encode
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ConnectTimeoutError

from domain.personalize import NotFoundError, PersonalizeError
from functions.personalize import Response, UntakenError, answer
from tests.functions.key_store import KeyStore, one_key
from tests.functions.signing import NOW_S, personalize_event

LOGGER = Logger(service="test")


def ask(
    event: dict[str, Any], fails: Exception | None = None, store: KeyStore | None = None,
    now_s: float = NOW_S,
) -> Response:
    def echo(body: Any, _: Any) -> dict[str, Any] | None:
        if fails:
            raise fails
        return {"echo": body} if body else None

    return answer(event, {"POST /personalize/events": echo}, one_key(store), LOGGER, now_s)


def test_the_body_of_a_signed_call_goes_to_its_operation() -> None:
    answered = ask(personalize_event("/events", {"a": "ü"}))

    assert answered["statusCode"] == 200
    assert json.loads(answered["body"]) == {"echo": {"a": "ü"}}
    assert answered["headers"]["x-amzn-RequestId"]


def test_nothing_to_say_is_an_empty_body() -> None:
    assert ask(personalize_event("/events", {}))["body"] == ""


def test_a_body_that_came_in_base64_is_what_was_signed() -> None:
    event = personalize_event("/events", '{"a":1}')

    answered = ask(event | {"body": b64encode(b'{"a":1}').decode(), "isBase64Encoded": True})

    assert json.loads(answered["body"]) == {"echo": {"a": 1}}


@pytest.mark.parametrize(("fails", "status", "code"), [
    (PersonalizeError("x is wrong"), 400, "InvalidInputException"),
    (NotFoundError("x is not here"), 404, "ResourceNotFoundException"),
    (UntakenError("busy"), 503, "ServiceUnavailableException"),
    (ConnectTimeoutError(endpoint_url="x"), 503, "ServiceUnavailableException")])
def test_a_failure_has_the_name_that_clients_know(
    fails: Exception, status: int, code: str
) -> None:
    answered = ask(personalize_event("/events", {"a": 1}), fails)

    assert answered["statusCode"] == status
    assert answered["headers"]["x-amzn-ErrorType"] == code
    assert json.loads(answered["body"])["message"]


def test_who_signed_otherwise_is_refused_before_the_body_is_read() -> None:
    answered = ask(personalize_event("/events", "{", secret="another"))

    assert answered["statusCode"] == 403
    assert answered["headers"]["x-amzn-ErrorType"] == "InvalidSignatureException"


def test_a_call_past_the_authorizer_is_refused() -> None:
    event = personalize_event("/events", {})
    event["requestContext"]["authorizer"] = None

    assert ask(event)["statusCode"] == 403


def test_a_key_that_is_switched_off_opens_nothing() -> None:
    assert ask(personalize_event("/events", {}), store=KeyStore(enabled=False))["statusCode"] == 403


def test_while_nobody_can_tell_the_key_the_call_may_come_again() -> None:
    store = KeyStore()
    store.fails = ConnectTimeoutError(endpoint_url="x")

    assert ask(personalize_event("/events", {}), store=store)["statusCode"] == 503


def test_a_signed_body_that_is_no_json_is_the_senders_fault() -> None:
    answered = ask(personalize_event("/events", "{"))

    assert (answered["statusCode"], answered["headers"]["x-amzn-ErrorType"]) == (
        400, "InvalidInputException")
