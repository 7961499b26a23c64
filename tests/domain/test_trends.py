"""Trends beside a plain model of them that remembers every event."""


import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import arrays
from domain.counting import MAX_PAIRS, MIN_PAIR, SESSION_GAP_MS
from domain.page import PageRecord, Touch
from domain.trends import (
    CONVERSION_PRIOR,
    HALF_LIVES_MS,
    LIVE_PRIOR,
    MIN_COUNT,
    Trends,
    empty,
)
from tests.domain.plain_trends import (
    BIG,
    STRENGTHS,
    Pages,
    absorbed,
    alike,
    end_ms,
    happen,
    remember,
    spelled,
)
from tests.domain.strategies import NOW_MS

DAY_MS = 24 * 3_600_000
gaps_ms = st.sampled_from([0, 1, 60_000, SESSION_GAP_MS, SESSION_GAP_MS + 1]) | st.integers(
    0, 2 * SESSION_GAP_MS)
happenings = st.lists(st.tuples(gaps_ms, st.integers(0, 2), st.integers(0, 3),
                                st.sampled_from(sorted(STRENGTHS))), max_size=25).map(happen)


@given(happenings, st.integers(0, DAY_MS))
def test_trends_are_what_every_event_ever_adds_up_to(pages: Pages, later_ms: int) -> None:
    now_ms = end_ms(pages) + later_ms

    trends = absorbed(empty(NOW_MS), pages, now_ms)

    assert alike(spelled(trends), remember(pages, now_ms))
    assert trends.ref_ms == now_ms


def test_a_half_life_is_what_its_name_says() -> None:
    hour_ms = 3_600_000
    pages = happen([(0, 1, 1, 2)])

    weights = [absorbed(empty(NOW_MS), pages, NOW_MS + hours * hour_ms).weights[0].tolist()
               for hours in (1, 24, 7 * 24)]

    assert [found[place] for place, found in enumerate(weights)] == [0.5, 0.5, 0.5]


@given(happenings, st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_absorbing_in_steps_is_absorbing_at_once(pages: Pages, sizes: list[int]) -> None:
    stepped, rest = empty(NOW_MS), pages
    for size in sizes:
        step, rest = rest[:size], rest[size:]
        stepped = absorbed(stepped, step, end_ms(step) if step else stepped.ref_ms)
    stepped = absorbed(stepped, rest, end_ms(pages))

    once = absorbed(empty(NOW_MS), pages, end_ms(pages))
    assert alike(spelled(stepped), spelled(once))
    assert stepped.covered == once.covered


@given(happenings, st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=5))
def test_pages_read_again_with_any_bounds_count_once(
    pages: Pages, reads: list[tuple[int, int]]
) -> None:
    trends, reached = empty(NOW_MS), 0
    for back, forth in reads:
        start, reached = max(0, reached - back), min(len(pages), reached + forth)
        again = pages[start:reached]
        trends = absorbed(trends, [*reversed(again), *again], end_ms(pages[:reached]))
    trends = absorbed(trends, pages, end_ms(pages))

    assert alike(spelled(trends), remember(pages, end_ms(pages)))


@given(happenings)
def test_trends_survive_their_bytes(pages: Pages) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))

    read = Trends.from_bytes(trends.to_bytes())

    assert alike(spelled(read), spelled(trends))
    assert (read.ref_ms, read.covered) == (trends.ref_ms, trends.covered)
    assert [part.tolist() for part in read.tails] == [part.tolist() for part in trends.tails]
    assert read.pairs.dtype == trends.pairs.dtype


def test_sequence_numbers_of_any_length_survive() -> None:
    trends = empty(NOW_MS)._replace(covered={"shard": 10**56 + 1, "new": -1})

    assert Trends.from_bytes(trends.to_bytes()).covered == trends.covered


@pytest.mark.parametrize("touches", [(), (Touch(1, NOW_MS, 7, -2.0),), (Touch(1, NOW_MS, 8, 0.0),)])
def test_records_without_a_positive_touch_make_no_pairs(touches: tuple[Touch, ...]) -> None:
    pages = [("s", PageRecord(n, 5, touches)) for n in range(2)]

    trends = absorbed(empty(NOW_MS), pages, NOW_MS)

    assert (len(trends.pairs), len(trends.tails[0])) == (0, 0)
    assert len(trends.keys) == min(1, len(touches))
    assert trends.covered == {"s": 1}


def test_nothing_at_all_answers_every_question() -> None:
    nothing = Trends.from_bytes(absorbed(empty(NOW_MS), [], NOW_MS + DAY_MS).to_bytes())

    assert nothing.counts_for(np.array([1, BIG], np.uint64), "1h").tolist() == [0, 0]
    assert nothing.top("1h").tolist() == []
    assert [len(part) for part in nothing.followers(1)] == [0, 0]
    assert nothing.conversion(1, 4, 1) == 0.0


def test_a_clock_that_runs_back_makes_nothing_younger() -> None:
    trends = absorbed(empty(NOW_MS), happen([(0, 1, 1, 2)]), NOW_MS + DAY_MS)

    back = absorbed(trends, [], NOW_MS)

    assert alike(spelled(back), spelled(trends))
    assert back.ref_ms == trends.ref_ms


def test_an_event_ahead_of_the_clock_counts_as_now() -> None:
    ahead = [("s", PageRecord(1, 1, (Touch(1, NOW_MS + 299_000, 2, 1.0),)))]

    trends = absorbed(empty(NOW_MS), ahead, NOW_MS)

    assert trends.weights.tolist() == [[1.0, 1.0, 1.0]]


def test_events_of_1970_weigh_nothing_and_do_no_harm() -> None:
    old = [("s", PageRecord(1, 1, (Touch(1, 0, 2, 1.0), Touch(2, 1, 2, 1.0))))]

    trends = absorbed(empty(NOW_MS), old, NOW_MS)

    assert (len(trends.keys), len(trends.pairs)) == (0, 0)


@given(happenings, st.sampled_from(sorted(HALF_LIVES_MS)))
def test_the_top_is_strongest_first_and_positive(pages: Pages, half_life: str) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))
    column = list(HALF_LIVES_MS).index(half_life)

    top = trends.top(half_life)

    strengths = trends.weights[top, column].tolist()
    assert strengths == sorted(strengths, reverse=True)
    assert set(trends.keys[top].tolist()) == {
        key for key, weights in spelled(trends).weights.items() if weights[column] > MIN_COUNT}


@given(happenings)
def test_counts_are_found_by_key_and_unknown_items_have_none(pages: Pages) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))
    keys = [BIG + 2, 0, BIG - 1, 2**64 - 1, BIG, BIG + 3]

    found = trends.counts_for(np.array(keys, np.uint64), "24h")

    known = spelled(trends).weights
    assert found.tolist() == [known.get(key, [0, 0])[1] for key in keys]
    assert found.dtype == np.float32


@given(happenings, st.integers(0, 30))
def test_all_half_lives_are_told_at_once_and_as_of_a_later_moment(pages: Pages, days: int) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))
    keys, later_ms = np.array([BIG + 2, 0, BIG], np.uint64), trends.ref_ms + days * DAY_MS

    found = trends.table_for(keys, later_ms)

    for column, (name, half_ms) in enumerate(HALF_LIVES_MS.items()):
        wanted = trends.counts_for(keys, name) * 2.0 ** (-days * DAY_MS / half_ms)
        assert found[:, column] == pytest.approx(wanted, rel=1e-5, abs=1e-9)


@given(happenings, st.integers(0, 4))
def test_followers_have_the_share_that_the_evidence_bears(pages: Pages, item: int) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))

    keys, shares = trends.followers(BIG + item)

    after = {b: weight for (a, b), weight in spelled(trends).pairs.items() if a == BIG + item}
    wanted = {b: weight / (sum(after.values()) + LIVE_PRIOR) for b, weight in after.items()}
    assert dict(zip(keys.tolist(), shares.tolist(), strict=True)) == pytest.approx(wanted)
    assert shares.dtype == np.float32


@given(happenings, st.integers(0, 4))
def test_conversion_leans_to_the_rate_of_the_catalogue(pages: Pages, item: int) -> None:
    trends = absorbed(empty(NOW_MS), pages, end_ms(pages))

    rate = trends.conversion(BIG + item, 4, 1)

    day = {name: found[1] for name, found in spelled(trends).counts.items()}
    bought, viewed = (sum(n for (_, c), n in day.items() if c == code) for code in (4, 1))
    mean = bought / viewed if viewed else 0.0
    own = [day.get((BIG + item, code), 0.0) for code in (4, 1)]
    assert rate == pytest.approx(
        (own[0] + mean * CONVERSION_PRIOR) / (own[1] + CONVERSION_PRIOR), rel=1e-4)
    assert rate >= 0


@pytest.mark.parametrize(("days", "n_items", "n_pairs"), [
    (4, 2, 1), (5, 2, 0), (46, 2, 0), (47, 0, 0),  # 2^-(47/7) < MIN_COUNT, 2^-5 < MIN_PAIR
])
def test_what_has_faded_is_dropped(days: int, n_items: int, n_pairs: int) -> None:
    trends = absorbed(empty(NOW_MS), happen([(0, 1, 1, 2), (0, 1, 2, 2)]), NOW_MS)

    later = absorbed(trends, [], NOW_MS + days * DAY_MS)

    assert (len(later.keys), len(later.pairs)) == (n_items, n_pairs)
    assert len(later.counts) == len(later.weights) == n_items


def test_a_disliked_item_stays_known() -> None:
    trends = absorbed(empty(NOW_MS), happen([(0, 1, 1, 7)]), NOW_MS)

    assert trends.weights.tolist() == [[-2.0, -2.0, -2.0]]
    assert trends.top("1h").tolist() == []


def test_only_so_many_pairs_are_kept_and_those_are_the_strongest() -> None:
    n = MAX_PAIRS + 10
    many = np.stack([np.arange(n), np.arange(n) + 1], axis=1).astype(np.uint64)
    weights = np.ones(n, np.float32)
    weights[[3, n - 1]] = 2.0
    weights[5] = MIN_PAIR / 2

    trends = absorbed(empty(NOW_MS)._replace(pairs=many, pair_weights=weights), [], NOW_MS)

    assert len(trends.pairs) == len(trends.pair_weights) == MAX_PAIRS
    assert trends.pair_weights.max() == 2.0
    assert trends.followers(n - 1)[0].tolist() == [n]
    assert trends.followers(5)[0].tolist() == []
    assert (np.diff(trends.pairs[:, 0].astype(np.int64)) > 0).all()


@pytest.mark.parametrize("data", [
    b"", b"no file", arrays.save({}, {}), arrays.save({"ref_ms": 1, "covered": {}}, {}),
    empty(NOW_MS).to_bytes()[:-30],
])
def test_bytes_that_are_no_trends_are_refused(data: bytes) -> None:
    with pytest.raises(arrays.ArraysError):
        Trends.from_bytes(data)
