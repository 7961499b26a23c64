"""A function calls another through boto3, as it would on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.engine import Engine
from local.function import FunctionError
from local.invocations import Body, Invocations


def play(function: str, event: Any) -> Any:
    if event is None:
        raise FunctionError(f"{function} got nothing")
    return {"of": function, "got": event}


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("TEST", "test")
    made.start()
    made.intercept(Invocations(play))
    yield made
    made.stop()


def test_who_calls_gets_the_answer(engine: Engine) -> None:
    answer = engine.client("lambda").invoke(FunctionName="Other", Payload=json.dumps({"n": 1}))

    assert json.loads(answer["Payload"].read()) == {"of": "Other", "got": {"n": 1}}
    assert "FunctionError" not in answer


def test_a_failure_is_told_in_the_answer(engine: Engine) -> None:
    answer = engine.client("lambda").invoke(FunctionName="Other")

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Error", "errorMessage": "Other got nothing"}


def test_whatever_else_is_asked_is_performed(engine: Engine) -> None:
    s3 = engine.client("s3")

    s3.create_bucket(Bucket="bucket")

    assert [found["Name"] for found in s3.list_buckets()["Buckets"]] == ["bucket"]


def test_a_body_can_be_read_as_a_stream() -> None:
    assert b"".join(Body(b"all of it").stream()) == b"all of it"
