"""Consumers of the stream, called by hand."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.consumers import ConsumerError, Consumers
from functions.settings import ReplayEvents
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage, kinesis_event, record
from tests.functions.test_replay_events import Functions, consumers

EVENT = kinesis_event([record(1, "ann", "a")], NOW_MS / 1000)


def test_a_consumer_is_told_that_its_records_are_late(stage: Stage) -> None:
    stage.deliver("update_user_features", [record(2, "ann", "b")])
    found = consumers(stage)

    found.call(found.all[0], EVENT)

    assert stage.state("ann").counts == {2: 2}


def test_a_batch_is_handed_on_no_longer_than_it_came(stage: Stage) -> None:
    """Lambda hands over 6 MB, and takes no more of a caller."""
    event = kinesis_event([record(1, "j\u00f6rg", "a")], NOW_MS / 1000)
    event["Records"][0]["kinesis"]["partitionKey"] = "j\u00f6rg"
    came = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    sent: list[bytes] = []

    class Heard(Functions):
        def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
            sent.append(Payload)
            return super().invoke(FunctionName, Payload)

    found = consumers(stage, Heard(stage))
    found.call(found.all[0], event)

    assert len(sent[0]) == len(came) + len(b',"late":true')
    assert stage.state("j\u00f6rg").counts == {2: 1}


def test_nobody_else_is_called(stage: Stage) -> None:
    functions = Functions(stage)
    name = stage.cloud.by_verb["recommend"].name

    with pytest.raises(ConsumerError, match="does not read the stream"):
        consumers(stage, functions).call(f"arn:aws:lambda:eu-west-1:1:function:{name}", EVENT)

    assert functions.calls == []


def test_a_service_that_is_down_is_no_failure_of_the_consumer(stage: Stage) -> None:
    found = consumers(stage, Faulty(Functions(stage), {"invoke": None}))

    with pytest.raises(ClientError):
        found.call(found.all[0], EVENT)


def test_consumers_open_their_own_client() -> None:
    told = ReplayEvents(bucket_name="bucket", users_function="u", items_function="i",
                        log_function="l")

    assert Consumers(told).all == ("u", "i", "l")
