"""Pages by how far they reach: whoever counted up to a record reads those that reach beyond it."""

import pytest
from botocore.exceptions import ClientError

from domain.page import encode_pages, read_pages
from domain.record import Position, Record
from functions.pages import MAX_PAGES, Pages
from tests.functions.faults import Faulty
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, record

RECORDS = [record(n, f"user-{n}", "a") for n in range(10)]


def put(pages: Pages, records: list[Record]) -> None:
    for last, page in encode_pages(records, VOCABULARY):
        pages.put(Position(records[0].position.shard_id, last), page, NOW_MS)


def found(pages: Pages, covered: int | None) -> list[int]:
    """Which records come, by their number."""
    given = {} if covered is None else {SHARD: FIRST + covered}
    records, _ = read_pages(pages.after(given, [SHARD]))
    return [r.sequence - FIRST for _, r in records]


def test_what_was_never_counted_comes_whole_and_in_order(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[6:])
    put(pages, RECORDS[:6])

    assert found(pages, None) == list(range(10))


def test_a_page_expires_two_days_after_it_arrived(stage: Stage) -> None:
    put(stage.pages(), RECORDS[:1])

    [row] = stage.client("dynamodb").scan(TableName=stage.setting("pages_table"))["Items"]

    assert int(row["expires_s"]["N"]) == NOW_MS // 1000 + 48 * 3600
    assert row["shard"]["S"] == SHARD
    assert int(row["first"]["S"]) == FIRST  # the last record too, of one
    assert len(row["first"]["S"]) == 60


def test_a_retry_leaves_the_page_that_is_there(stage: Stage) -> None:
    pages = stage.pages()

    put(pages, RECORDS[:5])
    put(pages, RECORDS[:5])

    assert found(pages, None) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("bounds", [
    [(0, 2), (0, 7)],  # wider
    [(0, 2), (2, 4), (0, 7)],  # over two pages
    [(n, n + 1) for n in range(6)] + [(0, 7)],  # over many, down to which bisecting may go
    [(0, 4), (3, 6), (2, 9)],  # from within a page
])
def test_what_a_retry_with_other_bounds_adds_comes_whatever_was_counted_before(
    stage: Stage, bounds: list[tuple[int, int]]
) -> None:
    pages, counted = stage.pages(), -1

    for low, high in bounds:
        put(pages, RECORDS[low:high])
        fresh = {n for n in found(pages, counted) if n > counted}

        assert fresh == set(range(counted + 1, high))
        counted = high - 1


def test_a_write_that_lands_late_takes_nothing_away(stage: Stage) -> None:
    pages = stage.pages()

    for low, high in ((0, 7), (0, 3), (4, 7), (6, 7)):
        put(pages, RECORDS[low:high])

    assert set(found(pages, None)) == set(range(7))


def test_what_was_counted_does_not_come_again(stage: Stage) -> None:
    pages = stage.pages()
    for entry in RECORDS:
        put(pages, [entry])

    assert found(pages, 7) == [8, 9]


def test_what_is_held_is_known_from_a_record_on(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[:2])
    put(pages, RECORDS[3:6])
    put(pages, RECORDS[4:9])

    held = pages.held(RECORDS[1].position)

    assert {sequence - FIRST for sequence in held} == {0, 1, 3, 4, 5, 6, 7, 8}


def test_each_shard_is_read_for_itself(stage: Stage) -> None:
    pages = stage.pages()
    other = [record(n, "user-1", "b", shard_id="shardId-000000000001") for n in range(2)]
    put(pages, RECORDS[:2])
    put(pages, other)

    read, _ = read_pages(
        pages.after({SHARD: FIRST + 1}, ["shardId-000000000001", "shardId-none"]))

    assert [(shard, r.sequence) for shard, r in read] == [
        ("shardId-000000000001", FIRST), ("shardId-000000000001", FIRST + 1)]


def test_who_is_far_behind_catches_up_in_steps(stage: Stage) -> None:
    pages = stage.pages()
    for n in range(MAX_PAGES + 5):
        put(pages, [record(n, "user-1", "a")])

    first = found(pages, None)
    then = found(pages, max(first))

    assert first == list(range(MAX_PAGES))
    assert set(then) >= set(range(MAX_PAGES, MAX_PAGES + 5))


def test_what_was_just_written_is_there_when_it_must_be(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS)

    read = pages.after({}, [SHARD], consistent=True)

    assert len(read_pages(read)[0]) == 10


def test_a_page_comes_as_it_lies_and_with_its_place(stage: Stage) -> None:
    stage.pages().put(RECORDS[0].position, b"\x63damaged", NOW_MS)

    assert list(stage.pages().after({}, [SHARD])) == [(Position(SHARD, FIRST), b"\x63damaged")]


def test_single_pages_are_found_by_how_far_they_reach(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[:2])
    put(pages, RECORDS[2:4])

    found = pages.at(Position(SHARD, FIRST + n) for n in (3, 2, 1))

    assert [last.sequence - FIRST for last, _ in found] == [3, 1]


def test_a_busy_table_is_told(stage: Stage) -> None:
    pages = stage.pages(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        put(pages, RECORDS[:1])


def test_of_two_pages_that_reach_as_far_the_longer_stays(stage: Stage) -> None:
    pages, at = stage.pages(), RECORDS[4].position
    ((_, short),), ((_, long),) = (encode_pages(RECORDS[n:5], VOCABULARY) for n in (3, 0))

    written = [pages.put(at, page, NOW_MS) for page in (short, short, long, short)]

    assert written == [True, False, True, False]
    assert found(pages, None) == [0, 1, 2, 3, 4]


def test_a_page_of_an_earlier_version_makes_room(stage: Stage) -> None:
    pages, at = stage.pages(), RECORDS[7].position
    (_, long), = encode_pages(RECORDS[2:8], VOCABULARY)
    (_, new), = encode_pages(RECORDS[3:8], VOCABULARY)
    pages.put(at, long, NOW_MS)
    stage.client("dynamodb").update_item(
        TableName=stage.setting("pages_table"), UpdateExpression="REMOVE version",
        Key={"shard": {"S": SHARD}, "first": {"S": at.padded}})  # as version 1 had none

    written = [pages.put(at, page, NOW_MS) for page in (new, new, long)]

    assert written == [True, False, True]
