"""A signature is told on; what has another shape is refused."""

from typing import Any

import pytest

from functions.carry_signature import handler, respond
from tests.functions.signing import SIGNATURE

METHOD = "arn:aws:execute-api:eu-west-1:123456789012:api/v1/POST/personalize/events"


def ask(shown: str) -> dict[str, Any]:
    return respond({"type": "TOKEN", "authorizationToken": shown, "methodArn": METHOD})


def effect_of(answer: dict[str, Any]) -> str:
    return str(answer["policyDocument"]["Statement"][0]["Effect"])


def test_a_signature_is_told_on_as_it_was_shown() -> None:
    answer = handler({"authorizationToken": SIGNATURE, "methodArn": METHOD}, None)

    assert effect_of(answer) == "Allow"
    assert answer["context"] == {"signature": SIGNATURE}


@pytest.mark.parametrize("shown", [
    "", "Bearer a.b.c", SIGNATURE[:-1], f"{SIGNATURE},{SIGNATURE}", SIGNATURE + " x",
    SIGNATURE.replace("aws4_request", "aws3_request")])
def test_what_is_not_one_signature_has_no_leave(shown: str) -> None:
    answer = ask(shown)

    assert effect_of(answer) == "Deny"
    assert "context" not in answer
