"""Whoever brings the key has leave, by whatever case of letters its header has."""

from typing import Any

import pytest

from functions.check_key import respond
from tests.functions.key_store import KEY, one_key

METHOD = "arn:aws:execute-api:eu-west-1:123456789012:api/v1/GET/trending"


def ask(headers: dict[str, str]) -> dict[str, Any]:
    return respond({"type": "REQUEST", "methodArn": METHOD, "headers": headers}, one_key(), 0)


@pytest.mark.parametrize(("headers", "effect"), [
    ({"x-api-key": KEY}, "Allow"), ({"X-API-Key": KEY}, "Allow"), ({"x-api-key": "no"}, "Deny"),
    ({}, "Deny")])
def test_the_key_is_leave_for_every_route(headers: dict[str, str], effect: str) -> None:
    [statement] = ask(headers)["policyDocument"]["Statement"]

    assert statement == {"Action": "execute-api:Invoke", "Effect": effect,
                         "Resource": "arn:aws:execute-api:eu-west-1:123456789012:api/v1/*"}


def test_a_holder_of_the_key_is_nobody_in_particular() -> None:
    assert ask({"x-api-key": KEY})["context"] == {}


def test_a_refusal_is_logged_without_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    ask({"x-api-key": "sk-of-another"})

    assert caplog.records
    assert not any("sk-of-another" in str(vars(line)) for line in caplog.records)
