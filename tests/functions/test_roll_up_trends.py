"""Pages become trends: every record once, whatever retries wrote and whenever it was counted."""

from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import Batch
from domain.features import interaction
from domain.key import item_key, user_hash
from domain.layout import REPLAYS, TRENDS_KEY
from domain.page import PageRecord, Touch, encode_pages
from domain.record import Position, Record
from domain.trends import Trends, absorb, empty
from functions.pages import Pages
from functions.roll_up_trends import roll_up
from functions.shelf import Shelf
from local.function import FunctionError
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, payload, record

RECORDS = [record(n, f"user-{n % 3}", f"i{n % 4}", f"i{(n + 1) % 4}") for n in range(12)]
THEN_MS = NOW_MS + 15 * 60_000  # within a session of every event, so that all of them pair up


class Shards:
    """A stream of these shards."""

    def __init__(self, *shard_ids: str) -> None:
        self.ids = list(shard_ids)

    def shards(self) -> list[str]:
        """As `Stream.shards`."""
        return self.ids


class Memory:
    """A shelf that is a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """As `Shelf.get`."""
        return self.objects.get(key)

    def put(self, key: str, data: bytes) -> None:
        """As `Shelf.put`."""
        self.objects[key] = data


def write(pages: Pages, records: Sequence[Record]) -> None:
    for last, page in encode_pages(records, VOCABULARY):
        pages.put(Position(records[0].position.shard_id, last), page, NOW_MS)


def run(pages: Pages, shelf: Shelf | Memory, *shard_ids: str, now_ms: int = THEN_MS) -> Trends:
    return roll_up(pages, shelf, Shards(*(shard_ids or (SHARD,))), now_ms)  # type: ignore[arg-type]


def as_page(found: Record) -> tuple[str, PageRecord]:
    touches = []
    for event in found.batch.events:
        entry = interaction(event, VOCABULARY)
        touches.append(Touch(entry.item, entry.at_ms, entry.type,
                             VOCABULARY.strength(entry.type, entry.value)))
    return found.position.shard_id, PageRecord(
        found.position.sequence, user_hash(found.batch.subject), tuple(touches))


def counted_once(records: Sequence[Record], now_ms: int = THEN_MS) -> Trends:
    """What the records amount to when each is counted once, at one moment."""
    return absorb(empty(now_ms), [as_page(r) for r in records], now_ms)


def assert_alike(found: Trends, wanted: Trends) -> None:
    assert found.keys.tolist() == wanted.keys.tolist()
    assert found.codes.tolist() == wanted.codes.tolist()
    np.testing.assert_allclose(found.counts, wanted.counts, rtol=1e-4)
    np.testing.assert_allclose(found.weights, wanted.weights, rtol=1e-4)
    assert found.pairs.tolist() == wanted.pairs.tolist()
    np.testing.assert_allclose(found.pair_weights, wanted.pair_weights, rtol=1e-4)


def test_pages_are_counted_and_kept_on_the_shelf(stage: Stage) -> None:
    write(stage.pages(), RECORDS)

    found = run(stage.pages(), stage.shelf())

    assert_alike(found, counted_once(RECORDS))
    assert found.covered == {SHARD: FIRST + 11}
    assert_alike(Trends.from_bytes(stage.shelf().get(TRENDS_KEY) or b""), found)


def test_a_second_roll_up_counts_nothing_twice(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    run(stage.pages(), stage.shelf())

    again = run(stage.pages(), stage.shelf())

    assert_alike(again, counted_once(RECORDS))


def test_pages_of_the_next_minute_are_added(stage: Stage) -> None:
    write(stage.pages(), RECORDS[:5])
    run(stage.pages(), stage.shelf(), now_ms=THEN_MS - 60_000)
    write(stage.pages(), RECORDS[5:])

    found = run(stage.pages(), stage.shelf())

    assert_alike(found, counted_once(RECORDS))


def test_what_one_user_does_next_is_paired_across_roll_ups(stage: Stage) -> None:
    write(stage.pages(), [record(0, "user-1", "a")])
    run(stage.pages(), stage.shelf(), now_ms=NOW_MS + 60_000)
    write(stage.pages(), [record(1, "user-1", "b")])

    found = run(stage.pages(), stage.shelf(), now_ms=NOW_MS + 120_000)

    assert found.pairs.tolist() == [[item_key("a"), item_key("b")]]


def test_a_shard_without_pages_is_listed_for_whoever_reads_next(stage: Stage) -> None:
    found = run(stage.pages(), stage.shelf(), SHARD, "shardId-new")

    assert found.covered == {SHARD: -1, "shardId-new": -1}


def test_after_a_split_the_parent_and_the_children_are_counted(stage: Stage) -> None:
    children = [[record(n, f"user-{n}", f"i{n}", shard_id=f"shardId-child{c}") for n in range(3)]
                for c in range(2)]
    write(stage.pages(), RECORDS[:6])
    run(stage.pages(), stage.shelf(), now_ms=THEN_MS - 60_000)
    write(stage.pages(), RECORDS[6:])
    for records in children:
        write(stage.pages(), records)

    found = run(stage.pages(), stage.shelf(), SHARD, "shardId-child0", "shardId-child1")

    assert_alike(found, counted_once([*RECORDS, *children[0], *children[1]]))
    assert set(found.covered) == {SHARD, "shardId-child0", "shardId-child1"}


def test_a_shard_that_the_stream_forgot_is_forgotten_but_not_what_it_said(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    run(stage.pages(), stage.shelf(), now_ms=THEN_MS - 60_000)

    found = run(stage.pages(), stage.shelf(), "shardId-new")
    again = run(stage.pages(), stage.shelf(), "shardId-new")

    assert found.covered == {"shardId-new": -1}
    assert_alike(again, counted_once(RECORDS))


def test_a_roll_up_that_cannot_be_read_is_made_again_of_the_pages(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    stage.shelf().put(TRENDS_KEY, b"damaged")

    found = run(stage.pages(), stage.shelf())

    assert_alike(found, counted_once(RECORDS))
    assert any("begun anew" in line for line in stage.logged())


def test_the_schedule_rolls_up_what_the_stream_brought(stage: Stage) -> None:
    stage.stream().put(Batch("user-1", NOW_MS, RECORDS[0].batch.events))
    stage.cloud.drain()

    stage.cloud.by_verb["roll_up_trends"].invoke(payload("scheduler"))

    found = Trends.from_bytes(stage.shelf().get(TRENDS_KEY) or b"")
    assert set(found.covered) == set(stage.stream().shards())


def test_a_failure_is_raised_and_leaves_the_shelf(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    run(stage.pages(), stage.shelf())
    before = stage.shelf().get(TRENDS_KEY)
    stage.client("dynamodb").delete_table(TableName=stage.setting("pages_table"))

    with pytest.raises(FunctionError, match="ResourceNotFoundException"):
        stage.cloud.by_verb["roll_up_trends"].invoke(payload("scheduler"))

    assert stage.shelf().get(TRENDS_KEY) == before


# An invocation: how many records it is given, how many of those it acknowledges, and whether a
# roll-up follows. What is not acknowledged comes again.
INVOCATIONS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12), st.booleans()),
                       max_size=8)
FRESH = count()


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INVOCATIONS)
def test_however_batches_are_cut_and_retried_every_record_counts_once(
    stage: Stage, invocations: list[tuple[int, int, bool]]
) -> None:
    shard, shelf, pages = f"shardId-{next(FRESH)}", Memory(), stage.pages()
    records = [Record(Position(shard, r.position.sequence), r.batch) for r in RECORDS]
    start = 0

    for given_n, acknowledged, rolls in invocations:
        batch = records[start:start + given_n]
        if batch:
            write(pages, batch)
        start += min(acknowledged, len(batch))
        if rolls:
            run(pages, shelf, shard)
    if records[start:]:
        write(pages, records[start:])

    assert_alike(run(pages, shelf, shard), counted_once(records))


def test_a_retry_of_a_batch_of_several_pages_counts_every_record_once(stage: Stage) -> None:
    """The first try left two pages; the retry was cut elsewhere and grew beyond both."""
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS[:3])
    write(pages, RECORDS[3:5])
    run(pages, shelf)
    write(pages, RECORDS[:2])
    write(pages, RECORDS[2:])

    assert_alike(run(pages, shelf), counted_once(RECORDS))


def test_what_a_restarted_poller_adds_to_a_batch_counts_however_small_the_tries_were(
    stage: Stage,
) -> None:
    """One page for each record, as halving a batch leaves them; all counted; then one batch."""
    pages, shelf = stage.pages(), stage.shelf()
    for found in RECORDS[:4]:
        write(pages, [found])
    run(pages, shelf)

    write(pages, RECORDS)

    assert_alike(run(pages, shelf), counted_once(RECORDS))


def test_a_write_that_lands_after_its_retry_takes_no_record_away(stage: Stage) -> None:
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS)
    write(pages, RECORDS[:2])
    write(pages, RECORDS[3:])

    assert_alike(run(pages, shelf), counted_once(RECORDS))


def test_what_was_replayed_counts_though_its_shard_was_counted_past_it(stage: Stage) -> None:
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS[2:])
    run(pages, shelf)

    write(pages, [found._replace(position=Position(REPLAYS, n))
                  for n, found in enumerate(RECORDS[:2], start=1)])
    first, again = run(pages, shelf), run(pages, shelf)

    assert first.keys.tolist() == again.keys.tolist()
    assert first.weights == pytest.approx(counted_once(RECORDS).weights, rel=1e-4)
    assert again.weights == pytest.approx(first.weights, rel=1e-4)
    assert again.covered[REPLAYS] == 2


def test_scorers_are_sent_to_replays_only_once_there_are_any(stage: Stage) -> None:
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS)

    assert REPLAYS not in run(pages, shelf).covered
