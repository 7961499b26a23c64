"""Every event counts once, whatever is cut, repeated, reordered or sent twice."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import arrays
from domain.defence import OFF, Defence
from domain.page import PageRecord, Touch
from domain.roll_up import RollUp, absorb, begin, weigh
from domain.touches import gather
from domain.trends import Trends, empty
from tests.domain.plain_trends import Pages, alike, end_ms, happen, remember, spelled
from tests.domain.strategies import NOW_MS
from tests.domain.test_ledger import same

OLD = Path(__file__).parent / "fixtures" / "trends-1.npz"
MINUTE_MS = 60_000
START = begin(empty(NOW_MS))
# A limit for one user, and none for a crowd: that one is weighed a roll-up at a time.
ONE_USER = Defence(user_per_minute=2, user_item_per_day=4, item_free=0, pair_free=0)


def named(pages: Pages) -> Pages:
    """The same, each event with an id of its own."""
    return [(shard, record._replace(touches=tuple(
        touch._replace(tag=1_000 * record.sequence + n)
        for n, touch in enumerate(record.touches)))) for shard, record in pages]


happenings = st.lists(
    st.tuples(st.integers(0, 20 * MINUTE_MS), st.integers(0, 2), st.integers(0, 3),
              st.sampled_from([1, 2, 4, 7, 8])), max_size=20).map(happen).map(named)
cuts = st.lists(st.integers(0, 20), max_size=5)


def counted(roll_up: RollUp, pages: Pages, rules: Defence = OFF) -> RollUp:
    return absorb(roll_up, pages, max(end_ms(pages), roll_up.trends.ref_ms), rules)[0]


def in_parts(pages: Pages, bounds: list[int], rules: Defence) -> RollUp:
    """Roll-ups of stretches of the stream, each of which finds the one before it again."""
    roll_up, edges = START, [0, *sorted(bounds), len(pages)]
    for start, end in pairwise(edges):
        again = pages[max(0, start - 3):end]
        roll_up = counted(roll_up, [*reversed(again), *again], rules)
    return roll_up


@given(happenings, cuts)
def test_any_split_repetition_and_order_of_batches_gives_the_same_counts(
    pages: Pages, bounds: list[int]
) -> None:
    assert alike(spelled(in_parts(pages, bounds, OFF).trends), remember(pages, end_ms(pages)))


@given(happenings, cuts)
def test_limits_of_one_user_give_the_same_counts_in_any_split(
    pages: Pages, bounds: list[int]
) -> None:
    once = counted(START, pages, ONE_USER)

    parts = in_parts(pages, bounds, ONE_USER)

    assert alike(spelled(parts.trends), spelled(once.trends))
    assert parts.trends.withheld_keys.tolist() == once.trends.withheld_keys.tolist()
    assert parts.trends.withheld == pytest.approx(once.trends.withheld, rel=1e-4)


@given(happenings, cuts, st.data())
def test_an_event_that_is_sent_twice_changes_nothing(
    pages: Pages, bounds: list[int], data: st.DataObject
) -> None:
    copies = data.draw(st.lists(st.sampled_from(pages), max_size=5)) if pages else []
    more = list(pages)
    for n, (shard, record) in enumerate(copies):
        place = data.draw(st.integers(more.index((shard, record)) + 1, len(more)))
        more.insert(place, (shard, record._replace(sequence=1_000 + n)))
    numbered = [(shard, record._replace(sequence=n)) for n, (shard, record) in enumerate(more)]

    for rules in (OFF, ONE_USER):
        wanted = spelled(counted(START, pages, rules).trends)
        assert alike(spelled(in_parts(numbered, bounds, rules).trends), wanted)


@given(happenings, cuts)
def test_a_roll_up_that_is_done_again_is_the_same_byte_for_byte(
    pages: Pages, bounds: list[int]
) -> None:
    before = in_parts(pages[:10], bounds, Defence())
    read = RollUp.from_bytes(before.to_bytes())

    first, again = (counted(roll_up, pages, Defence()) for roll_up in (before, read))

    assert first.to_bytes() == again.to_bytes()
    assert same(read.ledger, before.ledger)


def record(sequence: int, *tags: int | None) -> PageRecord:
    return PageRecord(sequence, 7, tuple(Touch(1, NOW_MS, 2, 1.0, tag) for tag in tags))


def weight(roll_up: RollUp) -> float:
    return float(roll_up.trends.counts_for(np.array([1], np.uint64), "1h")[0])


def test_what_comes_late_counts_as_far_as_its_ids_are_new() -> None:
    before, _ = absorb(START, [("s", record(1, 1, 2)), ("s", record(9, 3))], NOW_MS, OFF)

    after, weighed = absorb(before, [], NOW_MS, OFF, late=[record(5, 2, 4), record(6, 4, 5)])

    assert (weight(before), weight(after)) == (3, 5)
    assert (len(weighed.touches), weighed.repeated) == (2, 2)
    assert after.trends.covered == {"s": 9}


def test_of_what_comes_late_nothing_counts_that_may_have_counted() -> None:
    after, _ = absorb(START, [], NOW_MS, OFF, late=[record(5, None, 4)])

    assert weight(after) == 1


def test_the_same_page_at_its_place_and_late_counts_once() -> None:
    after, _ = absorb(START, [("s", record(5, 1))], NOW_MS, OFF, late=[record(5, 1)])

    assert weight(after) == 1


def test_what_lost_weight_is_counted_by_reason() -> None:
    rules = OFF._replace(user_per_minute=3, user_item_per_day=2)

    after, weighed = absorb(START, [("s", record(1, 1, 2, 3, 4, 1))], NOW_MS, rules)

    assert weight(after) == 2
    assert weighed.repeated == 1
    assert weighed.held == {"user_per_minute": 1, "user_item_per_day": 1, "newcomers": 0,
                            "newcomers_pairs": 0}
    assert after.trends.withheld_of(1)["user_item_per_day"] == 1


def test_a_co_visit_that_is_held_back_is_withheld_from_the_second_item() -> None:
    rules = OFF._replace(pair_free=1, broad_items=3, regular_h=1)
    known = [PageRecord(n, n, tuple(Touch(100 + i, NOW_MS, 2, 1.0) for i in range(30)))
             for n in range(40)]
    before, _ = weigh(START, gather(known, NOW_MS), NOW_MS, rules)
    later_ms = NOW_MS + 3_600_000
    again = [r._replace(touches=tuple(t._replace(at_ms=later_ms) for t in r.touches))
             for r in known]
    before, _ = weigh(before, gather(again, later_ms), later_ms, rules)
    pushed = [PageRecord(n, 1_000 + n, (Touch(100, later_ms, 2, 1.0), Touch(7, later_ms, 2, 1.0)))
              for n in range(50)]

    after, weighed = weigh(before, gather(pushed, later_ms), later_ms, rules)

    assert after.trends.followers(100)[1][0] == pytest.approx(1 / (after.trends.pair_weights[
        after.trends.pairs[:, 0] == 100].sum() + 3))
    assert weighed.held["newcomers_pairs"] == 50
    assert after.trends.withheld_of(7)["newcomers_pairs"] == pytest.approx(49)


def test_trends_of_before_there_was_a_ledger_go_on() -> None:
    old = Trends.from_bytes(OLD.read_bytes())

    click = PageRecord(1, 7, (Touch(2**63, old.ref_ms, 2, 1.0, 1),))

    after, _ = absorb(begin(old), [("s", click)], old.ref_ms, Defence())

    assert len(old.keys) == 3
    assert old.tails.kept.tolist() == [1.0] * len(old.tails.users)
    assert len(after.trends.keys) == 4
    assert Trends.from_bytes(after.trends.to_bytes()).withheld.shape == (0, 4)


@pytest.mark.parametrize("data", [b"", empty(NOW_MS).to_bytes(), START.to_bytes()[:-30],
                                  arrays.save({"ledger": {}}, {})])
def test_bytes_that_are_no_roll_up_are_refused(data: bytes) -> None:
    with pytest.raises(arrays.ArraysError):
        RollUp.from_bytes(data)
