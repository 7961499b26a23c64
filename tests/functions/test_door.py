"""A function is called as API Gateway calls it, and its failure is told from its answer."""

import io
import json
from typing import Any

import pytest

from functions.door import Door, DoorError


class Lambda:
    """A client that remembers what it was asked, and answers as told."""

    def __init__(self, answer: Any, **more: str) -> None:
        self._answer, self._more = answer, more
        self.asked: dict[str, Any] = {}

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"Payload": io.BytesIO(json.dumps(self._answer).encode()), **self._more}


def test_a_call_reads_as_one_of_api_gateway() -> None:
    client: Any = Lambda({"statusCode": 202, "body": '{"accepted": 1}'})

    body = {"user_id": "ann"}
    answered = Door("ingest", client).call("POST", "/events", body, "r-1", 7000, "ann")

    event = json.loads(client.asked["Payload"])
    assert answered == (202, {"accepted": 1})
    assert client.asked["FunctionName"] == "ingest"
    assert (event["httpMethod"], event["resource"]) == ("POST", "/events")
    assert json.loads(event["body"]) == {"user_id": "ann"}
    assert event["requestContext"] == {
        "requestId": "r-1", "extendedRequestId": "r-1", "requestTimeEpoch": 7000,
        "authorizer": {"subject": "ann", "expires_s": "67"}}


def test_a_function_that_raised_answered_nothing() -> None:
    client: Any = Lambda({"errorType": "SettingsError", "errorMessage": "x is missing"},
                         FunctionError="Unhandled")

    with pytest.raises(DoorError, match="SettingsError: x is missing"):
        Door("ingest", client).call("POST", "/events", {}, "r-1", 7, "ann")
