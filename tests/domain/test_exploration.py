"""A budget is kept, nothing is shown twice, and the odds are those with which items are shown."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exploration import (
    DRAWS,
    FLOOR,
    POOL,
    PRIOR_RATE,
    SOURCE,
    Offer,
    Placed,
    Pool,
    chances,
    drawn,
    inclusion,
    mean_rate,
    posterior,
)
from domain.key import item_key
from domain.page import PageRecord, Touch
from domain.ranking import Candidate
from domain.trends import Trends, empty
from tests.domain.plain_trends import absorbed
from tests.domain.strategies import NOW_MS

IMPRESSION, CLICK = 8, 2
weights = st.lists(st.floats(0.001, 1), max_size=30).map(np.array)


def pool(chance: np.ndarray, first: int = 100) -> Pool:
    """Items numbered from `first`."""
    total = chance.sum() if len(chance) else 1.0
    return Pool(np.arange(first, first + len(chance), dtype=np.uint64), chance / total)


def ranked(n: int) -> list[Candidate]:
    """Items numbered from 1, the best first."""
    return [Candidate(key, 1 / key) for key in range(1, n + 1)]


def shown(item: str, impressions: int, clicks: int) -> list[Touch]:
    return ([Touch(item_key(item), NOW_MS, IMPRESSION, 0.0)] * impressions
            + [Touch(item_key(item), NOW_MS, CLICK, 1.0)] * clicks)


def counted(*touches: Touch) -> Trends:
    return absorbed(empty(NOW_MS), [("s", PageRecord(1, 1, touches))], NOW_MS)


def at_all(keys: np.ndarray) -> np.ndarray:
    return np.ones(len(keys), np.bool_)


def explored(
    n_ranked: int, items: Pool, n: int, seed: str, free: Sequence[int] | None = None,
    allowed: Callable[[Any], Any] = at_all,
) -> list[Placed]:
    """A list of so many of which n places are explored, none of them the first by default."""
    shown = ranked(n_ranked)
    at = range(1, n_ranked) if free is None else free
    return Offer.of([one.key for one in shown], at, min(n, len(at)), items, allowed).woven(
        shown, seed)


@given(weights, st.integers(0, 9), st.sets(st.integers(0, 39)), st.integers(0, 40),
       st.integers(1, 110), st.text())
def test_a_list_keeps_its_budget_and_its_places_and_shows_nothing_twice(
    chance: np.ndarray, n: int, at: set[int], n_ranked: int, first: int, seed: str
) -> None:
    free = [position for position in range(n_ranked) if position in at]

    places = explored(n_ranked, pool(chance, first), n, seed, free, lambda keys: keys % 7 != 0)

    keys = [place.candidate.key for place in places]
    come = [n for n, place in enumerate(places) if place.source == SOURCE]
    assert len(keys) == len(set(keys)) == n_ranked
    assert len(come) <= n
    assert set(come) <= set(free)
    assert all(place.propensity and 0 < place.propensity <= 1 for place in places)
    assert all(keys[n] % 7 for n in come)
    assert [keys[n] for n in range(n_ranked) if n not in at] == [
        n + 1 for n in range(n_ranked) if n not in at]
    moved = [keys[n] for n in free if n not in come]
    assert moved == sorted(moved)  # what was ranked keeps its order


@given(st.integers(1, 20), st.data())
def test_what_is_ranked_never_moves_up(k: int, data: st.DataObject) -> None:
    list_, free = ranked(k), data.draw(st.sets(st.integers(0, k - 1)).map(sorted))
    some = pool(np.ones(data.draw(st.integers(0, 12))), first=data.draw(st.integers(1, 25)))
    may = np.array(data.draw(st.lists(st.booleans(), min_size=12, max_size=12)))
    n = data.draw(st.integers(0, len(free)))

    offer = Offer.of(range(1, k + 1), free, n, some, lambda keys: may[:len(keys)])
    shown = offer.woven(list_, data.draw(st.text(max_size=3)))

    assert len(shown) == k
    assert all(at >= one.candidate.key - 1 for at, one in enumerate(shown) if not one.source)


@given(weights, st.integers(0, 12))
def test_odds_are_odds_and_sum_to_what_is_drawn(chance: np.ndarray, n: int) -> None:
    odds = inclusion(chance, n)

    assert ((odds >= 0) & (odds <= 1)).all()
    assert odds.sum() == pytest.approx(min(n, len(chance)))
    assert n == 0 or (odds > 0).all()


@given(weights, st.integers(0, 12), st.floats(0, 1, exclude_max=True))
def test_each_is_drawn_once_at_most(chance: np.ndarray, n: int, at: float) -> None:
    found = drawn(inclusion(chance, n), at)

    assert len(found) == len(set(found)) == min(n, len(chance))


def test_items_are_shown_as_often_as_their_odds_say_and_at_every_place_alike() -> None:
    items, lists = pool(np.array([5.0, 1.0, 1.0, 2.0, 0.5])), 4_000
    seen, at, odds = Counter[int](), Counter[int](), dict[int, float]()

    for n in range(lists):
        for place, found in enumerate(explored(10, items, 2, f"list-{n}", range(2, 10)), 1):
            if found.source and found.propensity:
                seen[found.candidate.key] += 1
                at[place] += 1
                odds[found.candidate.key] = found.propensity

    assert sum(odds.values()) == pytest.approx(2)
    assert odds[100] == 1.0  # by weight it would be more than sure
    for key, chance in odds.items():
        assert seen[key] / lists == pytest.approx(chance, abs=0.032)  # four standard errors
    assert set(at) == set(range(3, 11))
    assert all(count / lists == pytest.approx(2 / 8, abs=0.03) for count in at.values())


def test_the_same_seed_makes_the_same_list() -> None:
    items = pool(np.ones(20))

    once, again, other = (explored(20, items, 4, seed) for seed in ("a", "a", "b"))

    assert once == again != other
    assert once[1:] != other[1:]


def test_what_is_explored_says_so() -> None:
    (place,) = (p for p in explored(10, pool(np.ones(3)), 1, "x") if p.source)

    assert place.source == SOURCE
    assert place.candidate.parts[0].signal == SOURCE
    assert place.propensity == pytest.approx(1 / 3)


def test_an_offer_tells_the_chance_of_each() -> None:
    found = Offer.of(range(10), range(1, 10), 2, pool(np.array([2.0, 1.0, 1.0, 4.0])), at_all)

    assert found.told() == pytest.approx({100: 0.5, 101: 0.25, 102: 0.25, 103: 1.0})


def test_without_budget_or_pool_the_list_is_as_ranked() -> None:
    nothing = explored(10, pool(np.zeros(0)), 1, "x")
    none = explored(9, pool(np.ones(3)), 0, "x")

    assert [p.candidate.key for p in nothing] == list(range(1, 11))
    assert [p.candidate.key for p in none] == list(range(1, 10))


def test_what_is_hoped_for_most_is_in_the_pool_the_newest_first() -> None:
    old = shown("poor", 200, 0) + shown("good", 100, 30)
    others = [item_key(f"new-{n}") for n in range(POOL + 10)]

    found = Pool.of(counted(*old), [item_key("poor"), *others, item_key("good")])

    assert found.keys.tolist() == [item_key("good"), *others[:POOL - 1]]


def test_chances_are_those_of_being_the_best() -> None:
    # Of Beta(2, 1) against an even chance P(X > Y) = 2/3.
    found = chances(np.array([2.0, 1.0]), np.array([1.0, 1.0]))

    four_errors = 4 * (2 / 9 / DRAWS) ** 0.5
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(FLOOR / 2 + (1 - FLOOR) * 2 / 3, abs=four_errors)
    assert (found >= FLOOR / 2).all()
    assert len(chances(np.zeros(0), np.zeros(0))) == 0


def test_what_is_little_known_is_explored_before_what_is_known_to_be_poor() -> None:
    trends = counted(*shown("good", 60, 12), *shown("poor", 60, 0), *shown("busy", 60, 3))

    found = Pool.of(trends, [item_key(i) for i in ("good", "poor", "new")])

    chance = dict(zip(found.keys.tolist(), found.chances, strict=True))
    good, poor, new = (chance[item_key(i)] for i in ("good", "poor", "new"))
    assert good > new > poor > 0
    assert mean_rate(trends) == pytest.approx(15 / 180)


def test_where_nothing_was_counted_items_are_as_likely_as_any() -> None:
    found = Pool.of(empty(NOW_MS), [1, 2, 3, 4])

    assert mean_rate(empty(NOW_MS)) == PRIOR_RATE
    assert found.chances == pytest.approx([0.25] * 4, abs=0.06)


def test_clicks_without_impressions_say_nothing_of_what_follows_one() -> None:
    alpha, beta = posterior(np.array([0.0, 2.0, 8.0]), np.array([5.0, 5.0, 5.0]), 0.1)
    sought = counted(*shown("sought", 0, 500), *shown("shown", 100, 4))

    assert alpha.tolist() == [1.0, 3.0, 6.0]
    assert beta.tolist() == [9.0, 9.0, 12.0]
    assert mean_rate(sought) == pytest.approx(0.04)
    assert mean_rate(counted(*shown("sought", 0, 500))) == PRIOR_RATE
