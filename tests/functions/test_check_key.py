"""Whoever brings the key has leave; what is judged is what API Gateway keeps the answer by."""

from typing import Any

import pytest

from functions.check_key import respond
from tests.functions.key_store import KEY, one_key

METHOD = "arn:aws:execute-api:eu-west-1:123456789012:api/v1/GET/trending"


def ask(identity: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    event = {"type": "REQUEST", "methodArn": METHOD, "identitySource": identity,
             "headers": headers or {"x-api-key": identity}}
    return respond(event, one_key(), 0)


def effect_of(answer: dict[str, Any]) -> str:
    return str(answer["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.parametrize(("identity", "effect"), [
    (KEY, "Allow"), ("no", "Deny"), ("", "Deny"), (f"{KEY},{KEY}", "Deny"), (f"{KEY},no", "Deny"),
    (f"no,{KEY}", "Deny")])
def test_the_key_is_leave_for_every_route(identity: str, effect: str) -> None:
    [statement] = ask(identity)["policyDocument"]["Statement"]

    assert statement == {"Action": "execute-api:Invoke", "Effect": effect,
                         "Resource": "arn:aws:execute-api:eu-west-1:123456789012:api/v1/*"}


@pytest.mark.parametrize(("identity", "header", "effect"), [
    (KEY, "no", "Allow"), ("no", KEY, "Deny")])
def test_no_answer_is_kept_for_another_key_than_it_judges(
    identity: str, header: str, effect: str
) -> None:
    assert effect_of(ask(identity, {"x-api-key": header})) == effect


def test_a_holder_of_the_key_is_nobody_in_particular() -> None:
    assert ask(KEY)["context"] == {}


def test_a_refusal_is_logged_without_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    ask("sk-of-another")

    assert caplog.records
    assert not any("sk-of-another" in str(vars(line)) for line in caplog.records)
