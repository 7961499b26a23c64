"""Pages in stream order, read from just before what was counted."""

import pytest
from botocore.exceptions import ClientError

from domain.page import encode_pages, read_pages
from domain.record import Position, Record
from functions.pages import LOOK_BACK, MAX_PAGES, Pages
from tests.functions.faults import Faulty
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, record

RECORDS = [record(n, f"user-{n}", "a") for n in range(10)]


def put(pages: Pages, records: list[Record]) -> None:
    for first, page in encode_pages(records, VOCABULARY):
        pages.put(Position(records[0].position.shard_id, first), page, NOW_MS)


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
    assert int(row["first"]["S"]) == FIRST
    assert len(row["first"]["S"]) == 60


def test_a_retry_overwrites_its_own_page(stage: Stage) -> None:
    pages = stage.pages()

    put(pages, RECORDS[:2])
    put(pages, RECORDS[:5])

    assert found(pages, None) == [0, 1, 2, 3, 4]


def test_a_page_that_grew_after_it_was_counted_comes_again(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[:2])
    put(pages, RECORDS[:7])

    assert set(found(pages, 1)) >= {2, 3, 4, 5, 6}


def test_a_page_that_grew_over_the_next_one_comes_again(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[:2])
    put(pages, RECORDS[2:4])
    put(pages, RECORDS[:7])

    assert set(found(pages, 3)) >= {4, 5, 6}


def test_little_of_what_was_counted_comes_again(stage: Stage) -> None:
    pages = stage.pages()
    for entry in RECORDS:
        put(pages, [entry])

    assert found(pages, 7) == [*range(7, 7 - LOOK_BACK, -1), 8, 9]


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


def test_single_pages_are_found_by_where_they_begin(stage: Stage) -> None:
    pages = stage.pages()
    put(pages, RECORDS[:2])
    put(pages, RECORDS[2:4])

    found = pages.at(Position(SHARD, FIRST + n) for n in (2, 3, 0))

    assert [first.sequence - FIRST for first, _ in found] == [2, 0]


def test_a_busy_table_is_told(stage: Stage) -> None:
    pages = stage.pages(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        put(pages, RECORDS[:1])


def test_a_page_is_filled_in_where_none_is_or_a_shorter_one(stage: Stage) -> None:
    pages, at = stage.pages(), Position(SHARD, FIRST)
    ((_, short),), ((_, long),) = (encode_pages(RECORDS[:n], VOCABULARY) for n in (2, 5))

    filled = [pages.fill(at, page, NOW_MS) for page in (short, short, long, short)]

    assert filled == [True, False, True, False]
    assert found(pages, None) == [0, 1, 2, 3, 4]


def as_version_1(data: bytes) -> bytes:
    """The bytes that version 1 wrote for these records of one event each."""
    parts = [data[at:at + 46] for at in range(1, len(data), 50)]
    return b"\x01" + b"".join(parts)


@pytest.mark.parametrize(("held", "filled"), [(4, True), (5, False), (7, False)])
def test_a_page_of_an_earlier_version_is_filled_in_by_how_many_records_it_holds(
    stage: Stage, held: int, filled: bool
) -> None:
    pages, at = stage.pages(), Position(SHARD, FIRST)
    (_, old), = encode_pages(RECORDS[:held], VOCABULARY)
    (_, new), = encode_pages(RECORDS[:5], VOCABULARY)
    pages.put(at, as_version_1(old), NOW_MS)

    assert pages.fill(at, new, NOW_MS) == filled

    assert found(pages, None) == list(range(max(held, 5)))


def test_a_busy_table_is_no_page(stage: Stage) -> None:
    pages = stage.pages(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        pages.fill(Position(SHARD, FIRST), next(encode_pages(RECORDS, VOCABULARY))[1], NOW_MS)
