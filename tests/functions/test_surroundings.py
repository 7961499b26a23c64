"""Readers see the last roll-ups and what is newer, and keep what they have when reading fails."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from domain.arrays import ArraysError
from domain.catalog import Item
from domain.defence import Defence
from domain.key import item_key
from domain.layout import CATALOG_KEY, REPLAYS, TRENDS_KEY
from domain.page import encode_pages
from domain.record import Position, Record
from domain.snapshot import CatalogSnapshot
from domain.trends import Trends
from functions.items import INDEX_LAG_MS, Items
from functions.roll_up_catalog import roll_up as roll_up_catalog
from functions.roll_up_trends import roll_up as roll_up_trends
from functions.surroundings import (
    FAILURES,
    FETCH_MS,
    LOOK_MS,
    MOST_NEWS,
    REST_MS,
    LiveCatalog,
    LiveTrends,
    Look,
    Surroundings,
)
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import NOW_MS, SHARD, VOCABULARY, Stage, record

LOGGER = Logger(service="test")
RECORDS = [record(n, f"user-{n}", f"i{n}") for n in range(4)]
THEN_MS = NOW_MS + 600_000


class OneShard:
    """A stream of one shard."""

    def shards(self) -> list[str]:
        """As `Stream.shards`."""
        return [SHARD]


def write(stage: Stage, records: list[Record]) -> None:
    for first, page in encode_pages(records, VOCABULARY):
        stage.pages().put(Position(SHARD, first), page, NOW_MS)


def rolled(stage: Stage) -> Trends:
    stream: Any = OneShard()
    return roll_up_trends(
        stage.pages(), stage.shelf(), stream, Defence(), THEN_MS).after.trends


def item(item_id: str, updated_ms: int = NOW_MS, **facts: object) -> Item:
    return Item(item_id, {"item_id": item_id, **facts}, updated_ms)


def counts(trends: Trends) -> dict[int, float]:
    weights = trends.counts_for(trends.keys, "7d")
    return {int(key): round(float(weight), 2) for key, weight in
            zip(trends.keys, weights, strict=True)}


def test_nothing_is_known_of_an_empty_cloud(stage: Stage) -> None:
    assert len(LiveTrends(stage.shelf(), stage.pages(), Defence()).read(NOW_MS).keys) == 0
    assert len(LiveCatalog(stage.shelf(), stage.items()).read(NOW_MS)) == 0


def test_pages_after_the_roll_up_count_at_once_and_once(stage: Stage) -> None:
    write(stage, RECORDS[:2])
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    live.read(THEN_MS)
    write(stage, RECORDS[2:])

    found = [counts(live.read(THEN_MS)), counts(live.read(THEN_MS))]

    assert found[0] == found[1] == {item_key(f"i{n}"): 1.0 for n in range(4)}


def test_a_newer_roll_up_takes_the_place_of_what_was_absorbed(stage: Stage) -> None:
    write(stage, RECORDS[:2])
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    write(stage, RECORDS[2:])
    live.read(THEN_MS)
    rolled(stage)

    assert counts(live.read(THEN_MS)) == {item_key(f"i{n}"): 1.0 for n in range(4)}


def test_a_shard_that_has_no_page_yet_is_read_before_the_next_roll_up(stage: Stage) -> None:
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    live.read(THEN_MS)
    write(stage, RECORDS)

    assert len(live.read(THEN_MS).keys) == 4


def test_items_after_the_snapshot_are_seen_at_the_next_look(stage: Stage) -> None:
    stage.items().put([item("a", title="old")])
    roll_up_catalog(stage.items(), stage.shelf())
    live = LiveCatalog(stage.shelf(), stage.items())
    live.read(NOW_MS)
    stage.items().put([item("a", NOW_MS + 1, title="new"), item("b", NOW_MS + 1, available=False)])

    found = live.read(NOW_MS + 5_000)

    assert (found.get(item_key("a")) or {})["title"] == "new"
    assert list(found.hidden()) == [item_key("b")]


def test_what_little_changed_is_laid_over_without_another_look_at_the_file(stage: Stage) -> None:
    stage.items().put([item("a")])
    roll_up_catalog(stage.items(), stage.shelf())
    live = LiveCatalog(stage.shelf(), stage.items())
    live.read(NOW_MS)
    stage.shelf().put(CATALOG_KEY, b"damaged")  # it would be told
    stage.items().put([item("b", NOW_MS + 1)])

    assert len(live.read(NOW_MS + FETCH_MS - 1)) == 2
    with pytest.raises(ArraysError):
        live.read(NOW_MS + FETCH_MS)


def test_a_clock_that_was_wrong_for_a_look_hides_no_change(stage: Stage) -> None:
    stage.items().put([item("a")])
    roll_up_catalog(stage.items(), stage.shelf())
    live = LiveCatalog(stage.shelf(), stage.items())
    live.read(NOW_MS)
    live.read(NOW_MS + 400 * FETCH_MS)
    stage.items().put([item("b", NOW_MS + 1)])

    assert len(live.read(NOW_MS + LOOK_MS)) == 2


class Sale:
    """Items of a shop that changed all of these at once."""

    def __init__(self, changed: list[Item]) -> None:
        self.changed = changed

    def changed_since(self, since_ms: int) -> list[Item]:
        """As `Items.changed_since`."""
        return [one for one in self.changed if one.updated_ms > since_ms]


def test_who_has_much_to_make_up_for_fetches_the_file(stage: Stage) -> None:
    sale: Any = Sale([item("a")])
    roll_up_catalog(sale, stage.shelf())
    live = LiveCatalog(stage.shelf(), sale)
    live.read(NOW_MS)
    sale.changed += [item(f"i{n}", NOW_MS + 1) for n in range(MOST_NEWS + 1)]
    roll_up_catalog(Sale([item("only in the file", NOW_MS + 1)]), stage.shelf())  # type: ignore[arg-type]

    found = live.read(NOW_MS + LOOK_MS)

    assert found.get(item_key("only in the file")) is not None


def test_what_was_read_outlives_a_snapshot_that_is_behind(stage: Stage) -> None:
    stage.items().put([item("a")])
    roll_up_catalog(stage.items(), stage.shelf())
    live = LiveCatalog(stage.shelf(), stage.items())
    stage.items().put([item("b", NOW_MS + 3_600_000)])
    live.read(NOW_MS + 3_600_000)
    older = CatalogSnapshot.from_bytes(stage.shelf().get(CATALOG_KEY) or b"")
    stage.shelf().put(CATALOG_KEY, replace(older, until_ms=NOW_MS + 1).to_bytes())

    assert len(live.read(NOW_MS + 7_200_000)) == 2


class Counting:
    """Items that count what is read of them."""

    def __init__(self, items: Items) -> None:
        self._items, self.read = items, 0

    def changed_since(self, since_ms: int) -> list[Item]:
        """As `Items.changed_since`."""
        found = list(self._items.changed_since(since_ms))
        self.read += len(found)
        return found


def test_changes_are_read_for_a_while_and_not_for_ever(stage: Stage) -> None:
    stage.items().put([item(f"i{n}") for n in range(5)])
    counting = Counting(stage.items())
    live = LiveCatalog(stage.shelf(), counting)  # type: ignore[arg-type]

    for look_ms in (0, INDEX_LAG_MS, 2 * INDEX_LAG_MS):
        found = live.read(NOW_MS + look_ms)

    assert counting.read == 10  # at the first look and at the second, which still looks back so far
    assert len(found) == 5


def test_an_item_that_is_late_to_the_index_is_found_at_a_later_look(stage: Stage) -> None:
    live = LiveCatalog(stage.shelf(), stage.items())
    live.read(NOW_MS)
    stage.items().put([item("late", NOW_MS - 29_000)])

    assert len(live.read(NOW_MS + LOOK_MS)) == 1


def test_a_failure_between_a_file_and_what_is_newer_loses_neither(stage: Stage) -> None:
    write(stage, RECORDS[:2])
    stage.items().put([item("a")])
    rolled(stage)
    roll_up_catalog(stage.items(), stage.shelf())
    write(stage, RECORDS[2:])
    stage.items().put([item("b", NOW_MS + 1)])
    client = Faulty(stage.client("dynamodb"), {"get_paginator": [0, 1]})
    trends = LiveTrends(stage.shelf(), stage.pages(client), Defence())
    catalog = LiveCatalog(stage.shelf(), stage.items(client))

    with pytest.raises(ClientError):
        trends.read(THEN_MS)
    with pytest.raises(ClientError):
        catalog.read(NOW_MS + 2)

    assert len(trends.read(THEN_MS).keys) == 4
    assert len(catalog.read(NOW_MS + 3)) == 2


def test_a_damaged_snapshot_is_told(stage: Stage) -> None:
    stage.shelf().put(CATALOG_KEY, b"damaged")

    with pytest.raises(ArraysError):
        LiveCatalog(stage.shelf(), stage.items()).read(NOW_MS)


@pytest.fixture
def around(stage: Stage) -> Surroundings:
    """One page and one item, rolled up and read at NOW_MS."""
    write(stage, RECORDS[:1])
    stage.items().put([item("a")])
    rolled(stage)
    roll_up_catalog(stage.items(), stage.shelf())
    made = Surroundings(LiveTrends(stage.shelf(), stage.pages(), Defence()),
                        LiveCatalog(stage.shelf(), stage.items()), LOGGER, Counter())
    made.refresh(NOW_MS)
    return made


def sizes(around: Surroundings) -> tuple[int, int]:
    return len(around.trends.keys), len(around.catalog)


def test_a_look_is_taken_now_and_then(stage: Stage, around: Surroundings) -> None:
    write(stage, RECORDS[1:])

    assert not around.refresh(NOW_MS + LOOK_MS - 1)
    assert sizes(around) == (1, 1)
    assert around.refresh(NOW_MS + LOOK_MS)
    assert sizes(around) == (4, 1)


def test_a_look_that_fails_keeps_what_there_is(stage: Stage, around: Surroundings) -> None:
    stage.shelf().put(TRENDS_KEY, b"damaged")
    stage.shelf().put(CATALOG_KEY, b"damaged")

    assert around.refresh(NOW_MS + FETCH_MS)

    assert sizes(around) == (1, 1)
    assert {"kept the trends", "kept the catalogue"} <= {r.getMessage() for r in stage.log.records}


@pytest.mark.parametrize("page", [b"\x02damaged", b"\x63 of a later version"])
def test_a_page_that_cannot_be_read_holds_up_no_other(
    stage: Stage, around: Surroundings, page: bytes
) -> None:
    stage.pages().put(RECORDS[1].position, page, NOW_MS)
    write(stage, RECORDS[2:])

    around.refresh(NOW_MS + LOOK_MS)

    assert sizes(around) == (3, 1)


def copies(shard_id: str) -> list[Record]:
    """The same events in records of their own."""
    return [Record(Position(shard_id, r.position.sequence + 10), r.batch) for r in RECORDS]


def test_an_event_that_is_sent_twice_between_two_roll_ups_counts_once(stage: Stage) -> None:
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    write(stage, RECORDS)
    live.read(THEN_MS)
    write(stage, copies(SHARD))

    assert counts(live.read(THEN_MS)) == {item_key(f"i{n}"): 1.0 for n in range(4)}


def test_a_copy_of_something_older_counts_until_the_next_roll_up(stage: Stage) -> None:
    write(stage, RECORDS)
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    write(stage, copies(SHARD))
    before = counts(live.read(THEN_MS))
    rolled(stage)

    assert before == {item_key(f"i{n}"): 2.0 for n in range(4)}
    assert counts(live.read(THEN_MS)) == {item_key(f"i{n}"): 1.0 for n in range(4)}


def write_late(stage: Stage, records: list[Record]) -> None:
    for last, page in encode_pages(records, VOCABULARY):
        stage.pages().put(Position(REPLAYS, last), page, NOW_MS)


def test_what_is_replayed_after_other_replays_counts_before_the_next_roll_up(stage: Stage) -> None:
    write(stage, RECORDS[3:])
    write_late(stage, copies(REPLAYS)[:1])
    rolled(stage)
    live = LiveTrends(stage.shelf(), stage.pages(), Defence())
    write_late(stage, copies(REPLAYS)[1:3])

    found = [counts(live.read(THEN_MS)), counts(live.read(THEN_MS))]
    rolled(stage)

    assert found == [{item_key(f"i{n}"): 1.0 for n in range(4)}] * 2
    assert counts(live.read(THEN_MS)) == found[0]


def test_one_part_that_fails_does_not_hold_up_the_other(stage: Stage) -> None:
    stage.items().put([item("a")])
    write(stage, RECORDS)
    rolled(stage)
    busy = stage.pages(Unreachable())
    slow = stage.items(Faulty(stage.client("dynamodb"), {"get_paginator": None}))

    no_trends = Surroundings(LiveTrends(stage.shelf(), busy, Defence()),
                             LiveCatalog(stage.shelf(), stage.items()), LOGGER, Counter())
    no_items = Surroundings(LiveTrends(stage.shelf(), stage.pages(), Defence()),
                            LiveCatalog(stage.shelf(), slow), LOGGER, Counter())
    no_trends.refresh(NOW_MS)
    no_items.refresh(NOW_MS)

    assert sizes(no_trends) == (4, 1)  # the roll-up, without the pages after it
    assert sizes(no_items) == (4, 0)


class Failing:
    """What is read, while it cannot be."""

    def __init__(self) -> None:
        self.asked, self.fails = 0, True

    def __call__(self, now_ms: int) -> None:
        self.asked += 1
        if self.fails:
            raise ArraysError("damaged")


def looked(look: Look, now_ms: int) -> None:
    if look.is_due(now_ms):
        with suppress(ArraysError):
            look.take(now_ms)


def test_what_fails_for_long_is_looked_for_once_a_rest() -> None:
    read = Failing()
    look, minute_ms = Look("trends", read), 60_000

    for after_ms in range(0, minute_ms, 1000):
        looked(look, NOW_MS + after_ms)

    assert read.asked == FAILURES + (minute_ms - FAILURES * LOOK_MS) // REST_MS
    assert not look.is_known


@pytest.mark.parametrize("jump_ms", [-86_400_000, -1, 0])
def test_a_clock_that_is_set_back_makes_everything_due(jump_ms: int) -> None:
    read = Failing()
    read.fails = False
    look = Look("trends", read)
    looked(look, NOW_MS)

    assert look.is_due(NOW_MS + jump_ms) == (jump_ms < 0)


def test_who_looks_anew_waits_for_no_rest() -> None:
    look = Look("trends", Failing())
    for n in range(FAILURES):
        looked(look, NOW_MS + n * LOOK_MS)

    before = look.is_due(NOW_MS + FAILURES * LOOK_MS)
    look.look_anew()

    assert (before, look.is_due(NOW_MS + FAILURES * LOOK_MS)) == (False, True)


def test_a_request_that_waited_enough_looks_for_nothing_that_is_known(
    stage: Stage, around: Surroundings
) -> None:
    fresh = Surroundings(LiveTrends(stage.shelf(), stage.pages(), Defence()),
                         LiveCatalog(stage.shelf(), stage.items()), LOGGER, Counter())

    assert not around.refresh(NOW_MS + LOOK_MS, is_late=True)
    assert fresh.refresh(NOW_MS, is_late=True)  # who knows nothing looks whatever it takes
