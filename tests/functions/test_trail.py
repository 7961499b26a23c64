"""A request is followed from the door to every update, and found by its id alone."""

import pytest
from aws_lambda_powertools import Logger

from domain.event import Batch
from domain.record import Position, decode_batch
from functions.trail import Trail
from tests.functions.stage import NOW_MS, Stage, clicks, payload

REQUEST = payload("api_gateway_rest_proxy")["requestContext"]["extendedRequestId"]
BODY = {"user_id": "ann", "events": [{"event_id": "e1", "type": "click", "item_id": "i1"}]}


def steps(stage: Stage, request_id: str) -> list[str]:
    """What was done with a request, by the lines that name it."""
    return [entry.getMessage() for entry in stage.log.records
            if vars(entry).get("request") == request_id]


@pytest.fixture
def followed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage of a deployment that follows every request."""
    stage.log.set_level("INFO")
    monkeypatch.setenv("HEADWATER_DEBUG_SAMPLE", "1.0")  # read when adapters are next built
    return stage


def test_the_id_of_a_call_is_on_the_stream(stage: Stage) -> None:
    stage.call("POST", "/events", BODY)

    (data,) = stage.on_stream()
    assert decode_batch(data).request_id == REQUEST


def test_a_request_is_followed_from_the_door_to_every_update(followed: Stage) -> None:
    followed.call("POST", "/events", BODY)
    followed.cloud.drain()

    assert steps(followed, REQUEST)[0] == "taken"
    assert set(steps(followed, REQUEST)) == {"taken", "folded", "paged", "logged"}


def test_the_lines_of_one_request_name_one_place_in_the_stream(followed: Stage) -> None:
    followed.call("POST", "/events", BODY)
    followed.cloud.drain()

    places = {(vars(entry)["shard"], vars(entry)["sequence"]) for entry in followed.log.records
              if vars(entry).get("request") == REQUEST}
    assert len(places) == 1


def test_by_default_nothing_is_followed(stage: Stage) -> None:
    stage.log.set_level("INFO")

    stage.call("POST", "/events", BODY)
    stage.cloud.drain()

    assert steps(stage, REQUEST) == []


def test_a_record_from_before_there_were_ids_is_not_followed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = Batch("ann", NOW_MS, clicks("i1"))

    Trail(1.0).step(Logger(service="trail"), "folded", old, Position("shard", 1))

    assert not caplog.records
