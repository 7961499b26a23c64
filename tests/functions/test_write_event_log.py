"""The stream, kept: one object a batch, which a retry writes again byte for byte."""

import pytest

from domain.event import Batch, Event
from domain.record import Position, Record, decode_log
from local.function import FunctionError
from tests.functions.stage import FIRST, NOW_MS, SHARD, Stage, payload, record

VERB = "write_event_log"
RECORDS = [record(n, f"user-{n}", "a", "b") for n in range(4)]


def kept(stage: Stage) -> list[Record]:
    """The records of every object, in order of their keys."""
    return [found for key in stage.keys("events/")
            for found in decode_log(stage.shelf().get(key) or b"")]


def test_a_batch_is_one_object_under_the_day_it_arrived(stage: Stage) -> None:
    again = stage.deliver(VERB, RECORDS, at_s=1_760_054_399.0)  # a second before midnight

    assert again is None
    first, last = RECORDS[0].position, RECORDS[-1].position
    assert stage.keys() == [f"events/dt=2025-10-09/{SHARD}-{first.padded}-{last.padded}.jsonl.gz"]
    assert kept(stage) == RECORDS


def test_the_log_holds_all_that_was_sent(stage: Stage) -> None:
    event = Event("e1", "rate", "日本", NOW_MS, 4.5, {"page": "home", "n": 1}, "r1", clamped=True)
    sent = Record(Position(SHARD, FIRST), Batch("~visitor", NOW_MS, (event,), "visitor"))

    stage.deliver(VERB, [sent])

    assert kept(stage) == [sent]


def test_a_retry_writes_the_same_bytes(stage: Stage) -> None:
    stage.deliver(VERB, RECORDS)
    [key] = stage.keys()
    before = stage.shelf().get(key)

    stage.deliver(VERB, RECORDS)

    assert stage.keys() == [key]
    assert stage.shelf().get(key) == before


@pytest.mark.parametrize("bounds", [
    [(0, 4), (0, 2), (2, 4)], [(0, 2), (0, 4)], [(0, 4), (0, 2)], [(0, 4), (1, 4), (3, 4)]])
def test_a_retry_with_other_bounds_takes_no_record_away(
    stage: Stage, bounds: list[tuple[int, int]]
) -> None:
    """Whichever lands last: a write that nobody waits for may. Readers count each record once."""
    for low, high in bounds:
        stage.deliver(VERB, RECORDS[low:high])

    assert {found.position: found for found in kept(stage)} == {
        found.position: found for found in RECORDS}


def test_poison_is_no_part_of_the_log(stage: Stage) -> None:
    stage.deliver(VERB, [RECORDS[0], (Position(SHARD, FIRST + 9), b"?")])

    assert kept(stage) == RECORDS[:1]
    assert len(stage.keys("quarantine/")) == 2
    assert stage.counted("RecordsQuarantined") == 1


def test_a_batch_of_poison_alone_leaves_no_object(stage: Stage) -> None:
    answer = stage.cloud.by_verb[VERB].invoke(payload("kinesis"))

    assert answer == {"batchItemFailures": []}
    assert stage.keys("events/") == []


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_bucket_that_takes_nothing_is_a_failure(stage: Stage) -> None:
    stage.client("s3").delete_bucket(Bucket=stage.bucket)

    with pytest.raises(FunctionError, match="NoSuchBucket"):
        stage.deliver(VERB, RECORDS)
