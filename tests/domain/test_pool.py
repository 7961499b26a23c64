"""What candidates are worth once weights and boosts are laid on."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ask import Ask, parse_ask
from domain.catalog import Item
from domain.key import item_key
from domain.pool import Pool, Worth, percentiles, weigh
from domain.ranking import Found, Part
from domain.row import Floats
from domain.scene import compose
from domain.screen import Screen
from domain.snapshot import EMPTY
from domain.trends import empty
from tests.domain.strategies import NOW_MS, VOCABULARY

IDS = ("a", "b", "c")
CATALOGUE = EMPTY.updated(Item(i, {"item_id": i, "price": price}, NOW_MS)
                          for i, price in zip(IDS, (30, 10, 20), strict=True))


def found(item_id: str, score: float) -> Found:
    return Found(item_key(item_id), score, lambda: (Part("taste", score - 1), Part("popular", 1)))


def worth(pool: Pool, **said: object) -> Worth:
    ask: Ask = parse_ask(said, VOCABULARY)
    scene = compose(None, None, empty(NOW_MS), CATALOGUE, NOW_MS)
    return weigh(pool, ask, Screen(scene, ask, (), 8, NOW_MS), novelty, NOW_MS)


def novelty(keys: Sequence[int]) -> Floats:
    return np.arange(len(keys), dtype=np.float32)


POOL = Pool((found("a", 9), found("b", 7), found("c", 5)), 3)


def test_without_weights_worth_is_the_score() -> None:
    assert worth(POOL).values.tolist() == [9, 7, 5]


def test_a_boost_of_one_lifts_the_last_to_the_best() -> None:
    lifted = worth(POOL, boosts=[{"filter": "item_id == 'c'", "by": 1}])

    assert lifted.values.tolist() == pytest.approx([9 / 4, 7 / 4, 9 / 4])
    assert lifted.extra["boost"].tolist() == [0, 0, 1]


def test_a_weight_is_laid_on_the_share_that_has_less() -> None:
    weighed = worth(POOL, weights={"relevance": 0, "price": 3, "novelty": 1})

    assert weighed.values.tolist() == pytest.approx([3 * 5 / 6, 3 / 6 + 1, 3 * 3 / 6 + 2])


def test_what_fills_up_comes_behind_in_its_order() -> None:
    pool = Pool((found("a", 9), found("b", 7), found("c", 500)), 2)

    values = worth(pool).values

    assert values[:2].tolist() == [9, 7]
    assert values[2] < 7


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=3), st.integers(0, 3),
       st.floats(-2, 2), st.floats(-2, 2))
def test_parts_sum_to_what_a_candidate_is_worth(
    scores: list[float], ranked: int, by: float, weight: float
) -> None:
    pool = Pool(tuple(map(found, IDS, sorted(scores, reverse=True))), min(ranked, len(scores)))

    made = worth(pool, boosts=[{"filter": "price < 25", "by": by}],
                 weights={"price": weight, "updated_days": 1.0})

    for place in range(len(pool.found)):
        parts = made.parts(pool, place)
        assert sum(part.score for part in parts) == pytest.approx(made.values[place], abs=1e-3)


def test_no_candidates_are_worth_nothing() -> None:
    assert worth(Pool((), 0), weights={"price": 1}).values.tolist() == []
    assert Pool((), 0).spread == Pool((found("a", 3),), 1).spread == 1.0


@given(st.lists(st.none() | st.integers(-3, 3), max_size=9))
def test_a_percentile_is_the_share_below_and_half_of_the_equal(values: list[int | None]) -> None:
    shares = percentiles(values)

    known = [value for value in values if value is not None]
    for value, share in zip(values, shares, strict=True):
        below = sum(other < value for other in known) if value is not None else 0
        equal = sum(other == value for other in known) if value is not None else 0
        assert share == pytest.approx((below + equal / 2) / max(1, len(known)), abs=1e-6)


@pytest.mark.parametrize("value", ["3", True, None])
def test_only_numbers_have_a_percentile(value: object) -> None:
    catalogue = EMPTY.updated([Item("a", {"item_id": "a", "attributes": {"m": value}}, 1)]
                              if value is not None else [])
    ask = parse_ask({"weights": {"attributes.m": 1}}, VOCABULARY)
    scene = compose(None, None, empty(NOW_MS), catalogue, NOW_MS)

    made = weigh(Pool((found("a", 1),), 1), ask, Screen(scene, ask, (), 8, NOW_MS), novelty, NOW_MS)

    assert made.extra["attributes.m"].tolist() == [0]
