"""What counts in part is counted in part; what does not is told. The rest: `test_trends.py`."""

import numpy as np
import pytest

from domain.counting import (
    MIN_PAIR,
    WITHHELD_HALF_LIFE_MS,
    age,
    count,
    count_pairs,
    pair_up,
    prune,
    withhold,
)
from domain.page import PageRecord, Touch
from domain.touches import Touches, gather
from domain.trends import Trends, empty
from tests.domain.strategies import NOW_MS


def clicks(*parts: float, user: int = 1, first_item: int = 1) -> Touches:
    """One user's clicks on one item after the other, each kept in part."""
    touches = tuple(Touch(first_item + n, NOW_MS + n, 2, 1.0) for n in range(len(parts)))
    found = gather([PageRecord(1, user, touches)], NOW_MS + len(parts))
    found["kept"] = parts
    return found


def paired(trends: Trends, found: Touches) -> Trends:
    return count_pairs(trends, *pair_up(trends, found))


def test_an_event_counts_as_far_as_it_is_kept() -> None:
    trends = count(empty(NOW_MS), clicks(1.0, 0.25, 0.0))

    assert trends.weights[:, 0] == pytest.approx([1.0, 0.25, 0.0])
    assert trends.counts[:, 0, 0] == pytest.approx([1.0, 0.25, 0.0])
    assert prune(trends).keys.tolist() == [1, 2]


def test_a_pair_counts_as_far_as_both_its_events_do() -> None:
    trends = paired(empty(NOW_MS), clicks(1.0, 0.5, 0.25, 0.0, 1.0))

    assert trends.pairs.tolist() == [[1, 2], [2, 3], [3, 4], [4, 5]]
    assert trends.pair_weights.tolist() == pytest.approx([0.5, 0.25, 0, 0])
    assert len(prune(trends).pairs) == 2


def test_what_was_kept_of_an_event_is_known_when_the_next_page_goes_on() -> None:
    trends = paired(empty(NOW_MS), clicks(0.5))

    trends = paired(Trends.from_bytes(trends.to_bytes()), clicks(1.0, first_item=9))

    assert trends.pairs.tolist() == [[1, 9]]
    assert trends.pair_weights.tolist() == pytest.approx([0.5])


def lost(*amounts: float) -> np.ndarray:
    return np.array([[0, amount, 0, 2 * amount] for amount in amounts])


def test_what_does_not_count_is_kept_by_item_and_reason() -> None:
    items, at_ms = np.array([5, 3, 5], np.uint64), np.full(3, NOW_MS)

    trends = withhold(empty(NOW_MS), items, at_ms, lost(1.0, 4.0, 2.0))
    trends = withhold(trends, items[:1], at_ms[:1], lost(1.0))

    assert trends.withheld_of(5) == {"user_per_minute": 0, "user_item_per_day": 4.0,
                                     "newcomers": 0, "newcomers_pairs": 8.0}
    assert sum(trends.withheld_of(4).values()) == 0
    assert trends.most_withheld(5) == [3, 5]
    assert trends.most_withheld(1) == [3]


def test_what_did_not_count_fades_and_is_forgotten() -> None:
    trends = withhold(empty(NOW_MS), np.array([5], np.uint64),
                      np.array([NOW_MS - WITHHELD_HALF_LIFE_MS]), lost(1.0))

    later = age(trends, NOW_MS + WITHHELD_HALF_LIFE_MS)

    assert later.withheld_of(5)["user_item_per_day"] == pytest.approx(0.25)
    assert prune(later).most_withheld(9) == [5]
    assert prune(age(later, NOW_MS + 9 * WITHHELD_HALF_LIFE_MS)).most_withheld(9) == []


def test_nothing_lost_leaves_no_trace() -> None:
    trends = withhold(empty(NOW_MS), np.array([5], np.uint64), np.array([NOW_MS]), lost(0.0))

    assert len(trends.withheld_keys) == 0
    assert MIN_PAIR > 0
