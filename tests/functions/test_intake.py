"""A stream invocation becomes records; what nobody can read is kept aside with its reason."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.record import Position
from functions.intake import failed_from, take_in
from tests.functions.faults import Faulty
from tests.functions.stage import FIRST, SHARD, Stage, kinesis_event, payload, record

POISON = [b"", b"\x00\xff", b"{}", b'{"v": 99}', b"[" * 10_000]


def at(n: int) -> Position:
    return Position(SHARD, FIRST + n)


def test_records_are_decoded_in_order(stage: Stage) -> None:
    sent = [record(n, f"user-{n}", "a") for n in range(3)]

    intake = take_in(kinesis_event(sent, 5.5), stage.shelf())

    assert intake.records == sent
    assert intake.quarantined == []
    assert intake.arrived_ms == 5500
    assert stage.keys() == []


@pytest.mark.parametrize("data", POISON, ids=range(len(POISON)))
def test_what_nobody_can_read_is_kept_with_its_reason(stage: Stage, data: bytes) -> None:
    good = record(1, "user-1", "a")

    intake = take_in(kinesis_event([(at(0), data), good], 1.0), stage.shelf())

    assert intake.records == [good]
    assert intake.quarantined == [at(0)]
    key = f"quarantine/{SHARD}-{at(0).padded}"
    assert stage.keys("quarantine/") == [f"{key}.bin", f"{key}.json"]
    assert stage.shelf().get(f"{key}.bin") == data
    note = json.loads(stage.shelf().get(f"{key}.json") or b"")
    assert note["sequence"] == str(FIRST)
    assert note["reason"]


def test_the_recorded_event_holds_nothing_of_ours(stage: Stage) -> None:
    intake = take_in(payload("kinesis"), stage.shelf())

    assert intake.records == []
    assert len(intake.quarantined) == 2
    assert "Expecting value" in json.loads(
        stage.shelf().get(stage.keys("quarantine/")[1]) or b"")["reason"]


def test_a_batch_is_not_begun_when_poison_cannot_be_kept(stage: Stage) -> None:
    client = Faulty(stage.client("s3"), {"put_object": None}, code="SlowDown")

    with pytest.raises(ClientError):
        take_in(kinesis_event([(at(0), b"?"), record(1, "user-1", "a")], 1.0),
                stage.shelf(client))


def test_a_batch_has_the_time_of_its_first_record_whatever_lies_before_it(stage: Stage) -> None:
    found: dict[str, Any] = kinesis_event([(at(0), b"?"), record(1, "user-1", "a")], 2.0)
    found["Records"][0]["kinesis"]["approximateArrivalTimestamp"] = 1.0

    assert take_in(found, stage.shelf()).arrived_ms == 2000


def test_poison_after_a_failure_counts_when_it_comes_again(stage: Stage) -> None:
    intake = take_in(kinesis_event([(at(0), b"?"), (at(2), b"?"), (at(4), b"?")], 1.0),
                     stage.shelf())

    assert intake.quarantined_before(None) == 3
    assert intake.quarantined_before(at(2)) == 1
    assert intake.quarantined_before(at(0)) == 0


def test_a_failure_is_answered_with_the_record_to_begin_at_again() -> None:
    assert failed_from(at(3)) == {"batchItemFailures": [{"itemIdentifier": str(FIRST + 3)}]}
    assert failed_from(None) == {"batchItemFailures": []}
