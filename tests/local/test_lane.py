from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from local.function import FunctionError
from local.lane import Lane
from local.mapping import EventSource

START_S = 1_000_000.0
LONG_S = 1_000.0  # past every pause and window


class Function:
    """Remembers the batches it was given; `poison` is a sequence it cannot do."""

    def __init__(self, poison: str = "", reports: bool = False) -> None:
        self.batches: list[list[str]] = []
        self.poison, self.reports = poison, reports

    def __call__(self, records: Sequence[Any]) -> Any:
        names = [record["SequenceNumber"] for record in records]
        self.batches.append(names)
        if self.poison not in names:
            return {"batchItemFailures": []}
        if not self.reports:
            raise FunctionError("poison")
        return {"batchItemFailures": [{"itemIdentifier": self.poison}]}


class Given:
    """Remembers what was given up."""

    def __init__(self) -> None:
        self.up: list[tuple[list[str], str, int]] = []

    def __call__(self, records: Sequence[Any], condition: str, invocations: int) -> None:
        self.up.append(([record["SequenceNumber"] for record in records], condition, invocations))


def record(sequence: int, arrived_s: float = START_S, data: bytes = b"{}") -> Any:
    return {"SequenceNumber": str(sequence), "PartitionKey": "u", "Data": data,
            "ApproximateArrivalTimestamp": datetime.fromtimestamp(arrived_s, UTC)}


def source(**settings: Any) -> EventSource:
    return EventSource("Mapping", "Function", "arn:stream", **settings)


def fill(lane: Lane, count: int) -> None:
    for sequence in range(1, count + 1):
        lane.add(record(sequence), START_S)


def run(lane: Lane, now_s: float = START_S, **settings: Any) -> None:
    """Step until idle, each time after every pause."""
    for _ in range(200):
        if lane.idle:
            return
        lane.step(now_s, **settings)
        now_s += LONG_S


def test_a_batch_waits_for_its_window() -> None:
    function = Function()
    lane = Lane(source(batch_size=10, window_s=2), function, Given())
    fill(lane, 3)

    early = lane.step(START_S + 1.9)
    late = lane.step(START_S + 2.0)

    assert (early, late) == (False, True)
    assert function.batches == [["1", "2", "3"]]


def test_a_full_batch_does_not_wait() -> None:
    function = Function()
    lane = Lane(source(batch_size=3, window_s=60), function, Given())
    fill(lane, 4)

    lane.step(START_S)

    assert function.batches == [["1", "2", "3"]]
    assert lane.held == 1


def test_a_flush_ends_the_window() -> None:
    function = Function()
    lane = Lane(source(window_s=60), function, Given())
    fill(lane, 1)

    lane.step(START_S, flush=True)

    assert function.batches == [["1"]]


def test_a_smaller_scale_shortens_the_window() -> None:
    function = Function()
    lane = Lane(source(window_s=10), function, Given())
    fill(lane, 1)

    lane.step(START_S + 1, scale=0.1)

    assert function.batches == [["1"]]


def test_an_event_stays_below_six_megabytes() -> None:
    function = Function()
    lane = Lane(source(batch_size=100, window_s=60), function, Given())
    for sequence in range(1, 9):
        lane.add(record(sequence, data=b"x" * 1_000_000), START_S)

    run(lane)

    assert function.batches == [["1", "2", "3", "4"], ["5", "6", "7", "8"]]


def test_a_record_larger_than_an_event_goes_alone() -> None:
    function = Function()
    lane = Lane(source(), function, Given())
    lane.add(record(1, data=b"x" * 8_000_000), START_S)
    lane.add(record(2), START_S)

    run(lane)

    assert function.batches == [["1"], ["2"]]


def test_halving_isolates_a_poison_record() -> None:
    function, given = Function(poison="5"), Given()
    lane = Lane(source(bisects=True, max_retries=2), function, given)
    fill(lane, 8)

    run(lane, flush=True)

    assert [up[:2] for up in given.up] == [(["5"], "RetryAttemptsExhausted")]
    done = [name for batch in function.batches if "5" not in batch for name in batch]
    assert sorted(done) == ["1", "2", "3", "4", "6", "7", "8"]


def test_halves_come_in_the_order_of_the_stream() -> None:
    function = Function(poison="3")
    lane = Lane(source(bisects=True, max_retries=0), function, Given())
    fill(lane, 4)

    run(lane, flush=True)

    assert function.batches == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"], ["4"]]


def test_splitting_spends_no_retry() -> None:
    function, given = Function(poison="1"), Given()
    lane = Lane(source(bisects=True, max_retries=1), function, given)
    fill(lane, 4)

    run(lane, flush=True)

    alone = [batch for batch in function.batches if batch == ["1"]]
    assert len(alone) == 2  # the first try of the single record, and its one retry
    assert given.up == [(["1"], "RetryAttemptsExhausted", 4)]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_failing_batch_is_tried_once_and_as_often_again_as_allowed(retries: int) -> None:
    function, given = Function(poison="2"), Given()
    lane = Lane(source(max_retries=retries), function, given)
    fill(lane, 3)

    run(lane, flush=True)

    assert function.batches == [["1", "2", "3"]] * (retries + 1)
    assert given.up == [(["1", "2", "3"], "RetryAttemptsExhausted", retries + 1)]


def test_retries_pause_ever_longer() -> None:
    function = Function(poison="1")
    lane = Lane(source(max_retries=5), function, Given())
    fill(lane, 1)

    lane.step(START_S, flush=True)
    at_once = lane.step(START_S)
    first = lane.step(START_S + 0.1)
    too_early = lane.step(START_S + 0.2)
    second = lane.step(START_S + 0.4)

    assert (at_once, first, too_early, second) == (False, True, False, True)


def test_what_comes_after_a_failing_batch_waits_for_it() -> None:
    function = Function(poison="1")
    lane = Lane(source(batch_size=1, max_retries=5), function, Given())
    fill(lane, 2)

    lane.step(START_S)
    lane.step(START_S)

    assert function.batches == [["1"]]
    assert lane.first_sequence == 1


def test_a_partial_failure_comes_again_from_the_record_named() -> None:
    function, given = Function(poison="3", reports=True), Given()
    lane = Lane(source(reports=True, max_retries=0), function, given)
    fill(lane, 4)

    run(lane, flush=True)

    assert function.batches == [["1", "2", "3", "4"], ["3", "4"]]
    assert given.up == [(["3", "4"], "RetryAttemptsExhausted", 2)]


def test_a_report_is_ignored_unless_the_mapping_asks_for_it() -> None:
    function = Function(poison="3", reports=True)
    lane = Lane(source(reports=False), function, Given())
    fill(lane, 4)

    run(lane, flush=True)

    assert function.batches == [["1", "2", "3", "4"]]


def test_records_too_old_are_given_up_without_a_call() -> None:
    function, given = Function(), Given()
    lane = Lane(source(max_age_s=60), function, given)
    lane.add(record(1, START_S - 61), START_S)
    lane.add(record(2, START_S - 59), START_S)

    lane.step(START_S, flush=True)
    lane.step(START_S)

    assert given.up == [(["1"], "RecordAgeExceeded", 0)]
    assert function.batches == [["2"]]


def test_a_record_grows_too_old_while_it_is_retried() -> None:
    function, given = Function(poison="1"), Given()
    lane = Lane(source(max_age_s=60), function, given)
    fill(lane, 1)

    lane.step(START_S, flush=True)
    lane.step(START_S + 61)

    assert given.up == [(["1"], "RecordAgeExceeded", 1)]
    assert lane.idle
