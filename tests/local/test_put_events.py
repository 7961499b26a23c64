"""What a function says to the bus comes to its rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.engine import Engine, straight
from local.put_events import PutEvents

ENTRY = {"Source": "headwater.shop", "DetailType": "Done", "Detail": '{"n": 1}'}


@pytest.fixture
def taken(engine: Engine) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    engine.intercept(PutEvents(found.append, straight))
    return found


def test_an_event_is_taken_in_its_envelope(engine: Engine, taken: list[Mapping[str, Any]]) -> None:
    answer = engine.client("events").put_events(Entries=[ENTRY, ENTRY])

    assert answer["FailedEntryCount"] == 0
    assert [entry["EventId"] for entry in answer["Entries"]] == [event["id"] for event in taken]
    assert {(event["source"], event["detail-type"], event["detail"]["n"]) for event in taken} == {
        ("headwater.shop", "Done", 1)}


def test_whatever_else_is_asked_is_performed(
    engine: Engine, taken: list[Mapping[str, Any]]
) -> None:
    assert engine.client("s3").list_buckets()["Buckets"] == []
    assert not taken
