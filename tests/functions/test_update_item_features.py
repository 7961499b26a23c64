"""Records become pages: one a batch, over any earlier try at it."""

import pytest
from botocore.exceptions import ClientError

from domain.event import Batch
from domain.page import MAX_PAGE_BYTES, read_pages
from domain.record import Position, Record
from functions.intake import Intake
from functions.update_item_features import write
from local.function import FunctionError
from tests.functions.faults import Faulty
from tests.functions.stage import (
    FIRST,
    NOW_MS,
    SHARD,
    VOCABULARY,
    Stage,
    clicks,
    ids_of,
    record,
)

VERB = "update_item_features"
RECORDS = [record(n, f"user-{n % 3}", "a", "b") for n in range(6)]


def rows(stage: Stage) -> list[tuple[int, int]]:
    """Last record and size of every page, in order."""
    found = stage.client("dynamodb").scan(TableName=stage.setting("pages_table"))["Items"]
    return sorted((int(row["first"]["S"]) - FIRST, len(row["page"]["B"])) for row in found)


def kept(stage: Stage) -> list[int]:
    """Sequence numbers on all pages."""
    records, _ = read_pages(stage.pages().after({}, [SHARD]))
    return [r.sequence for _, r in records]


def wide(n: int) -> Record:
    """A record of 25 events, 400 bytes and more on a page."""
    events = clicks(*[f"item-{n}-{i}" for i in range(25)], tag=f"{n}")
    return Record(Position(SHARD, FIRST + n), Batch("user-1", NOW_MS, events))


def test_a_batch_is_one_page(stage: Stage) -> None:
    again = stage.deliver(VERB, RECORDS)

    assert again is None
    assert [last for last, _ in rows(stage)] == [5]
    assert kept(stage) == ids_of(RECORDS)


def test_a_retry_with_the_same_bounds_changes_nothing(stage: Stage) -> None:
    stage.deliver(VERB, RECORDS)
    before = rows(stage)

    stage.deliver(VERB, RECORDS)

    assert rows(stage) == before


def test_a_batch_too_large_for_one_item_is_several_pages(stage: Stage) -> None:
    records = [wide(n) for n in range(900)]

    stage.deliver(VERB, records)

    assert rows(stage)[-1][0] == 899
    assert len(rows(stage)) == 2
    assert all(size <= MAX_PAGE_BYTES for _, size in rows(stage))
    assert kept(stage) == ids_of(records)


def test_poison_is_kept_aside_and_the_rest_written(stage: Stage) -> None:
    poison = (Position(SHARD, FIRST - 1), b"not a record")

    stage.deliver(VERB, [poison, *RECORDS])

    assert kept(stage) == ids_of(RECORDS)
    assert stage.counted("RecordsQuarantined") == 1


def test_a_batch_of_poison_alone_is_done(stage: Stage) -> None:
    again = stage.deliver(VERB, [(Position(SHARD, FIRST), b"?")])

    assert again is None
    assert rows(stage) == []


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_failure_is_raised_and_counts_nothing(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("pages_table"))

    with pytest.raises(FunctionError, match="ResourceNotFoundException"):
        stage.deliver(VERB, [(Position(SHARD, FIRST - 1), b"?"), *RECORDS])

    assert stage.counted("RecordsQuarantined") == 0


def test_what_was_written_before_a_failure_is_written_over(stage: Stage) -> None:
    records = [wide(n) for n in range(900)]
    client = Faulty(stage.client("dynamodb"), {"put_item": [1]})
    intake = Intake(records, [], NOW_MS)

    with pytest.raises(ClientError):
        write(intake, stage.pages(client), VOCABULARY)
    write(intake, stage.pages(), VOCABULARY)

    assert kept(stage) == ids_of(records)
