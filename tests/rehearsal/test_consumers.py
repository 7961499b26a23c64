import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from local.engine import Engine as Moto
from local.template import ACCOUNT, REGION
from rehearsal.consumers import Consumers
from rehearsal.deployed import until

STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/events"
BUCKET = "parked"
PATIENCE_S = 20.0


class Lambda:
    """Two functions that read one stream. heard: the records of each; broken: those that fail."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {"first": [], "second": []}
        self.broken: set[str] = set()

    def list_event_source_mappings(self, FunctionName: str) -> dict[str, Any]:
        return {"EventSourceMappings": [{
            "UUID": f"mapping-{FunctionName}", "EventSourceArn": STREAM,
            "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:s3:::{BUCKET}"}}}]}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:
        return {"Role": f"role-{FunctionName}"}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        if FunctionName in self.broken:
            return {"FunctionError": "Unhandled", "Payload": BytesIO(b'"broken"')}
        records = json.loads(Payload)["Records"]
        self.heard[FunctionName] += [record["kinesis"]["sequenceNumber"] for record in records]
        return {"Payload": BytesIO(b"null")}


class Engine:
    """moto's stream and bucket, and functions of ours. taken: roles that were taken."""

    def __init__(self, moto: Moto) -> None:
        self.functions, self.taken = Lambda(), set[str]()
        self._moto = moto

    def client(self, service: str, _credentials: Any = None) -> Any:
        return self.functions if service == "lambda" else self._moto.client(service)

    def assume(self, role: str, _session: str) -> None:
        self.taken.add(role)


@pytest.fixture
def account(engine: Moto) -> Engine:
    engine.client("kinesis").create_stream(StreamName="events", ShardCount=1)
    engine.client("s3").create_bucket(Bucket=BUCKET)
    return Engine(engine)


@pytest.fixture
def consumers(account: Engine) -> Iterator[Consumers]:
    with Consumers(account, ["first", "second"]) as made:
        yield made


def put(engine: Moto) -> tuple[str, int]:
    """A record; its shard and its number."""
    made = engine.client("kinesis").put_record(
        StreamName="events", Data=b"{}", PartitionKey="one")
    return made["ShardId"], int(made["SequenceNumber"])


def test_a_mapping_reads_with_the_role_of_its_function(
    account: Engine, consumers: Consumers
) -> None:
    assert account.taken == {"role-first", "role-second"}


def test_consumers_are_done_with_a_record_when_every_function_had_it(
    engine: Moto, account: Engine, consumers: Consumers
) -> None:
    shard, sequence = put(engine)

    until("the record", lambda: consumers.done_with(shard, sequence), PATIENCE_S, consumers.check)

    assert account.functions.heard == {"first": [str(sequence)], "second": [str(sequence)]}
    assert consumers.given_up == []


def test_nobody_is_done_with_what_did_not_come(engine: Moto, consumers: Consumers) -> None:
    shard, sequence = put(engine)
    until("the record", lambda: consumers.done_with(shard, sequence), PATIENCE_S, consumers.check)

    assert not consumers.done_with(shard, sequence + 1)
    assert not consumers.done_with("another shard", sequence)


def test_consumers_are_done_with_a_record_that_was_given_up(
    engine: Moto, account: Engine, consumers: Consumers
) -> None:
    account.functions.broken = {"second"}

    shard, sequence = put(engine)

    until("the record", lambda: consumers.done_with(shard, sequence), PATIENCE_S, consumers.check)
    assert account.functions.heard == {"first": [str(sequence)], "second": []}
    assert len(consumers.given_up) == 1


def test_what_stops_a_pump_is_raised(engine: Moto, consumers: Consumers) -> None:
    kinesis = engine.client("kinesis")
    kinesis.delete_stream(StreamName="events")

    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        until("what stopped it", lambda: False, PATIENCE_S, consumers.check)
