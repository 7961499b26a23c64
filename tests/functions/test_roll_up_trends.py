"""Pages become trends: every record once, whatever retries wrote and whenever it was counted."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.defence import Defence
from domain.event import Batch
from domain.features import interaction
from domain.key import item_key, user_hash
from domain.layout import LEDGER_KEY, REPLAYS, TRENDS, TRENDS_KEY
from domain.page import VERSION, PageRecord, Touch, Unread, encode_pages
from domain.record import Position, Record
from domain.roll_up import RollUp, begin
from domain.trends import Trends, empty
from functions.pages import Pages
from functions.roll_up_trends import MAX_UNREAD, STALE_MS, Rolled, roll_up
from functions.shelf import Shelf
from local.function import FunctionError
from tests.domain.plain_trends import absorbed
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

    def get_version(self, key: str) -> tuple[bytes, str] | None:
        """As `Shelf.get_version`."""
        return (self.objects[key], "") if key in self.objects else None

    def forget(self, key: str, version: str) -> None:
        """As `Shelf.forget`: there are no versions here."""
        assert not version

    def put(self, key: str, data: bytes) -> None:
        """As `Shelf.put`."""
        self.objects[key] = data


def write(pages: Pages, records: Sequence[Record]) -> None:
    for last, page in encode_pages(records, VOCABULARY):
        pages.put(Position(records[0].position.shard_id, last), page, NOW_MS)


def rolled(pages: Pages, shelf: Shelf | Memory, *shard_ids: str, now_ms: int = THEN_MS) -> Rolled:
    kept: Any = shelf
    stream: Any = Shards(*(shard_ids or (SHARD,)))
    return roll_up(pages, kept, stream, Defence(), now_ms)


def run(pages: Pages, shelf: Shelf | Memory, *shard_ids: str, now_ms: int = THEN_MS) -> Trends:
    return rolled(pages, shelf, *shard_ids, now_ms=now_ms).after.trends


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
    return absorbed(empty(now_ms), [as_page(r) for r in records], now_ms)


def assert_alike(found: Trends, wanted: Trends) -> None:
    assert_alike_but_for_pairs(found, wanted)
    assert found.pairs.tolist() == wanted.pairs.tolist()
    np.testing.assert_allclose(found.pair_weights, wanted.pair_weights, rtol=1e-4)


def assert_alike_but_for_pairs(found: Trends, wanted: Trends) -> None:
    """What comes late, between events that were paired already, makes other pairs."""
    assert found.keys.tolist() == wanted.keys.tolist()
    assert found.codes.tolist() == wanted.codes.tolist()
    np.testing.assert_allclose(found.counts, wanted.counts, rtol=1e-4)
    np.testing.assert_allclose(found.weights, wanted.weights, rtol=1e-4)


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
    for key in (TRENDS_KEY, LEDGER_KEY):
        stage.shelf().put(key, b"damaged")

    found = run(stage.pages(), stage.shelf())

    assert_alike(found, counted_once(RECORDS))
    told = [line for line in stage.logged() if "begun anew" in line]
    assert {key for key in (TRENDS_KEY, LEDGER_KEY) for line in told if key in line} == {
        TRENDS_KEY, LEDGER_KEY}


def test_of_two_first_roll_ups_at_a_time_the_second_knows_what_the_first_counted(
    stage: Stage
) -> None:
    class Overtaken(Memory):
        """Another roll-up is made whole while this one looks what scorers were given."""

        is_overtaken = False

        def get(self, key: str) -> bytes | None:
            if key == TRENDS_KEY and not self.is_overtaken:
                self.is_overtaken = True
                run(stage.pages(), shelf, now_ms=THEN_MS - 60_000)
            return super().get(key)

    write(stage.pages(), RECORDS)
    shelf = Overtaken()
    run(stage.pages(), shelf)
    write(stage.pages(), sent_again(RECORDS))

    assert_alike(run(stage.pages(), shelf), counted_once(RECORDS))


def sent_again(records: Sequence[Record], shard_id: str = SHARD) -> list[Record]:
    """The same events in records of their own, later on the stream."""
    return [Record(Position(shard_id, r.position.sequence + 100), r.batch) for r in records]


def test_an_event_that_was_sent_twice_counts_once(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    run(stage.pages(), stage.shelf(), now_ms=THEN_MS - 60_000)
    write(stage.pages(), sent_again(RECORDS))

    found = rolled(stage.pages(), stage.shelf())

    assert_alike(found.after.trends, counted_once(RECORDS))
    assert (len(found.weighed.touches), found.weighed.repeated) == (0, 24)


class Dying(Memory):
    """A shelf that fails at its n-th write, before or after it took effect."""

    def __init__(self, fails_at: int, *, late: bool) -> None:
        super().__init__()
        self._left, self._late = fails_at, late

    def put(self, key: str, data: bytes) -> None:
        """As `Shelf.put`."""
        if not self._left:
            if self._late:
                super().put(key, data)
            self._left = -1
            raise ConnectionError(key)
        self._left -= 1
        super().put(key, data)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("fails_at", range(4))
def test_a_roll_up_that_dies_between_its_writes_counts_nothing_twice(
    stage: Stage, fails_at: int, *, late: bool
) -> None:
    pages, shelf = stage.pages(), Dying(fails_at, late=late)
    write(pages, RECORDS[:6])
    for _ in range(2):
        with suppress(ConnectionError):
            run(pages, shelf)
        write(pages, RECORDS[6:])
        write(pages, sent_again(RECORDS[:6]))

    found = run(pages, shelf)

    assert_alike(found, counted_once(RECORDS))
    assert_alike(Trends.from_bytes(shelf.objects[TRENDS_KEY]), found)


def test_of_the_ledger_the_version_that_was_replaced_is_gone(stage: Stage) -> None:
    s3 = stage.client("s3")
    s3.put_bucket_versioning(Bucket=stage.bucket, VersioningConfiguration={"Status": "Enabled"})
    for step in range(3):
        run(stage.pages(), stage.shelf(), now_ms=THEN_MS + step * 60_000)

    found = s3.list_object_versions(Bucket=stage.bucket, Prefix=TRENDS)

    keys = [version["Key"] for version in found["Versions"]]
    assert sorted(keys) == [TRENDS_KEY] * 3 + [LEDGER_KEY]
    assert "DeleteMarkers" not in found


def test_a_ledger_that_is_lost_takes_no_trends_with_it(stage: Stage) -> None:
    write(stage.pages(), RECORDS)
    run(stage.pages(), stage.shelf(), now_ms=THEN_MS - 60_000)
    stage.shelf().put(LEDGER_KEY, b"damaged")

    assert_alike(run(stage.pages(), stage.shelf()), counted_once(RECORDS))


@pytest.mark.parametrize(("ahead_ms", "believed"), [(STALE_MS, False), (STALE_MS + 1, True)])
def test_trends_of_a_version_without_a_ledger_are_believed_when_they_are_newer(
    stage: Stage, ahead_ms: int, *, believed: bool
) -> None:
    pages, shelf = stage.pages(), Memory()
    write(pages, RECORDS)
    run(pages, shelf, now_ms=THEN_MS)
    later = counted_once([*RECORDS, record(20, "user-9", "new")], THEN_MS + ahead_ms)
    shelf.put(TRENDS_KEY, later.to_bytes())

    found = run(pages, shelf, now_ms=THEN_MS + ahead_ms)

    assert (item_key("new") in found.keys) == believed


def test_trends_that_are_lost_come_back_with_the_ledger(stage: Stage) -> None:
    pages, shelf = stage.pages(), Memory()
    write(pages, RECORDS)
    run(pages, shelf, now_ms=THEN_MS)
    del shelf.objects[TRENDS_KEY]

    found = run(pages, shelf, now_ms=THEN_MS + 2 * STALE_MS)

    assert_alike(found, counted_once(RECORDS, THEN_MS + 2 * STALE_MS))


def test_records_of_a_replay_count_though_their_shard_is_past_them(stage: Stage) -> None:
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, [*RECORDS[:4], *RECORDS[8:]])
    run(pages, shelf, now_ms=THEN_MS - 60_000)
    write(pages, sent_again(RECORDS[2:8], REPLAYS))

    found = run(pages, shelf)
    again = run(pages, shelf)

    assert_alike_but_for_pairs(found, counted_once(RECORDS))
    assert_alike_but_for_pairs(again, counted_once(RECORDS))
    assert found.covered[REPLAYS] == FIRST + 107


LATER = b"\x03 a page of a version to come"


def test_a_page_nobody_can_read_holds_up_nothing(stage: Stage) -> None:
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS[:4])
    pages.put(RECORDS[4].position, b"\x02damaged", NOW_MS)
    write(pages, RECORDS[5:])

    found = rolled(pages, shelf)
    write(pages, sent_again(RECORDS[4:5]))
    write(pages, sent_again(RECORDS[4:6]))

    assert_alike(found.after.trends, counted_once([*RECORDS[:4], *RECORDS[5:]]))
    assert found.unread == [Unread(0, RECORDS[4].position)]
    assert found.after.ledger.unread == ()
    assert_alike_but_for_pairs(run(pages, shelf), counted_once(RECORDS))


def test_a_page_of_a_later_version_is_counted_when_it_can_be_read(stage: Stage) -> None:
    """Here it is written over in this version, as if this one were the later."""
    pages, shelf = stage.pages(), stage.shelf()
    write(pages, RECORDS[:4])
    pages.put(RECORDS[4].position, LATER, NOW_MS)
    pages.put(RECORDS[5].position, LATER, NOW_MS)
    write(pages, RECORDS[6:8])
    write(pages, RECORDS[8:])
    before = rolled(pages, shelf)
    rolled(pages, shelf)
    write(pages, RECORDS[4:5])
    write(pages, RECORDS[5:6])
    known = RollUp.from_bytes(shelf.get(LEDGER_KEY) or b"")
    ripe = tuple(page._replace(version=VERSION) for page in known.ledger.unread)
    shelf.put(LEDGER_KEY, known._replace(ledger=known.ledger._replace(unread=ripe)).to_bytes())

    found = rolled(pages, shelf)

    assert before.after.ledger.unread == known.ledger.unread == tuple(
        Unread(3, r.position) for r in RECORDS[4:6])
    assert len(found.weighed.touches) == 4
    assert found.after.ledger.unread == ()
    assert_alike_but_for_pairs(found.after.trends, counted_once(RECORDS))


def test_many_pages_that_can_be_read_at_last_are_read_in_turns(stage: Stage) -> None:
    pages, shelf = stage.pages(), Memory()
    unread = tuple(Unread(VERSION, Position(SHARD, n)) for n in range(MAX_UNREAD + 5))
    start = begin(counted_once([]))
    shelf.put(LEDGER_KEY, start._replace(
        ledger=start.ledger._replace(unread=unread)).to_bytes())

    assert rolled(pages, shelf).after.ledger.unread == unread[MAX_UNREAD:]
    assert rolled(pages, shelf).after.ledger.unread == ()


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
