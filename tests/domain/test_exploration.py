"""A budget is kept, nothing is shown twice, and the odds are those with which items are shown."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exploration import (
    DRAWS,
    FLOOR,
    PRIOR_RATE,
    SOURCE,
    Budget,
    Pool,
    chances,
    drawn,
    explore,
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
budgets = st.builds(Budget, st.floats(0, 1), st.integers(1, 6))


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


@given(weights, budgets, st.integers(1, 40), st.integers(0, 50), st.integers(90, 110), st.text())
def test_a_list_keeps_its_budget_and_shows_nothing_twice(
    chance: np.ndarray, budget: Budget, k: int, n_ranked: int, first: int, seed: str
) -> None:
    def hidden(key: int) -> bool:
        return key % 7 == 0

    places = explore(ranked(n_ranked), pool(chance, first), hidden, k, budget, seed)

    keys = [place.candidate.key for place in places]
    explored = [n for n, place in enumerate(places, 1) if place.source == SOURCE]
    assert len(keys) == len(set(keys)) <= k
    assert len(explored) <= budget.share * k + 1e-9
    assert all(0 < place.propensity <= 1 for place in places)
    assert not any(hidden(places[n - 1].candidate.key) for n in explored)
    rest = [place.candidate.key for place in places if not place.source]
    assert rest == sorted(rest)  # what was ranked keeps its order
    if n_ranked >= k:
        assert len(keys) == k
        assert all(n >= budget.first for n in explored)


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
    items, budget, lists = pool(np.array([5.0, 1.0, 1.0, 2.0, 0.5])), Budget(0.2, first=3), 4_000
    seen, at, odds = Counter[int](), Counter[int](), dict[int, float]()

    for n in range(lists):
        places = explore(ranked(10), items, lambda _: False, 10, budget, f"list-{n}")
        for place, found in enumerate(places, 1):
            if found.source:
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

    once, again, other = (explore(ranked(20), items, lambda _: False, 20, Budget(0.2), seed)
                          for seed in ("a", "a", "b"))

    assert once == again != other
    assert once[1:] != other[1:]


def test_what_is_explored_says_so() -> None:
    (place,) = (p for p in explore(ranked(10), pool(np.ones(3)), lambda _: False, 10, Budget(), "x")
                if p.source)

    assert place.source == SOURCE
    assert place.candidate.parts[0].signal == SOURCE
    assert place.propensity == pytest.approx(1 / 3)


def test_without_budget_or_pool_the_list_is_as_ranked() -> None:
    nothing = explore(ranked(12), pool(np.zeros(0)), lambda _: False, 10, Budget(), "x")
    short = explore(ranked(12), pool(np.ones(3)), lambda _: False, 9, Budget(), "x")

    assert [p.candidate.key for p in nothing] == list(range(1, 11))
    assert [p.candidate.key for p in short] == list(range(1, 10))


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

    good, poor, new = found.chances
    assert good > new > poor > 0
    assert mean_rate(trends) == pytest.approx(15 / 180)


def test_where_nothing_was_counted_items_are_as_likely_as_any() -> None:
    found = Pool.of(empty(NOW_MS), [1, 2, 3, 4])

    assert mean_rate(empty(NOW_MS)) == PRIOR_RATE
    assert found.chances == pytest.approx([0.25] * 4, abs=0.06)


def test_clicks_without_impressions_count_as_seen() -> None:
    alpha, beta = posterior(np.array([0.0]), np.array([5.0]), 0.1)

    assert (alpha[0], beta[0]) == (6.0, 9.0)
