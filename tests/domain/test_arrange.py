"""Position by position: quotas, pins, and what is like what stands already."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrange import Likeness, Limit, arrange
from domain.row import Floats

P = 6


def worth(*values: float) -> Floats:
    return np.array(values, np.float32)


def limit(members: str, at_least: int = 0, at_most: int = 99, first: int = 99) -> Limit:
    """members: one letter a candidate, x for those it speaks of."""
    return Limit(np.array([letter == "x" for letter in members]), at_least, at_most, first)


def test_without_rules_the_order_is_that_of_worth() -> None:
    assert arrange(worth(1, 3, 2), 2) == [1, 2]
    assert arrange(worth(), 2) == []


def test_an_upper_limit_keeps_the_rest_out() -> None:
    assert arrange(worth(4, 3, 2, 1), 3, [limit("xx..", at_most=1)]) == [0, 2, 3]
    assert arrange(worth(4, 3, 2, 1), 3, [limit("xx..", at_most=0, first=1)]) == [2, 0, 1]
    assert arrange(worth(2, 1), 2, [limit("xx", at_most=1)]) == [0]


def test_a_lower_limit_takes_the_last_places_it_needs() -> None:
    assert arrange(worth(4, 3, 2, 1), 3, [limit("..xx", at_least=1)]) == [0, 1, 2]
    assert arrange(worth(4, 3, 2, 1), 2, [limit("..xx", at_least=2)]) == [2, 3]
    assert arrange(worth(4, 3, 2, 1), 3, [limit("..xx", at_least=1, first=1)]) == [2, 0, 1]
    assert arrange(worth(2, 1), 2, [limit("..", at_least=2)]) == [0, 1]


def test_lower_limits_that_need_all_places_together_are_both_kept() -> None:
    both = [limit(".xx...", at_least=2), limit("...xx.", at_least=2)]

    assert sorted(arrange(worth(6, 5, 4, 3, 2, 1), 4, both)) == [1, 2, 3, 4]


def test_a_pin_stands_where_it_was_put() -> None:
    assert arrange(worth(4, 3, 2, 1), 3, pins={1: 3}) == [0, 3, 1]
    assert arrange(worth(4, 3), 2, pins={1: 0}) == [1, 0]
    assert arrange(worth(4, 3), 9, pins={5: 0}) == [1, 0]


def test_a_pin_that_a_limit_forbids_is_left_out() -> None:
    assert arrange(worth(4, 3, 2), 3, [limit("x..", at_most=0)], {0: 0}) == [1, 2]


def test_what_is_pinned_further_down_counts_for_a_lower_limit() -> None:
    assert arrange(worth(4, 3, 2, 1), 2, [limit("...x", at_least=1)], {1: 3}) == [0, 3]
    assert arrange(worth(4, 3, 2, 1), 2, [limit("..x.", at_least=1)], {1: 0}) == [2, 0]


def test_what_is_like_what_stands_already_is_worth_less() -> None:
    vectors = np.array([[1, 0], [0.99, 0.14], [0, 1]], np.float32)
    like = Likeness(vectors, [frozenset[str]()] * 3)

    assert arrange(worth(3, 2.9, 1), 3, diversity=0.0, likeness=like) == [0, 1, 2]
    assert arrange(worth(3, 2.9, 1), 3, diversity=0.7, likeness=like) == [0, 2, 1]
    assert arrange(worth(3, 2.9, 1), 3, diversity=0.7) == [0, 1, 2]


def test_items_without_a_vector_are_as_like_as_their_labels() -> None:
    vectors = np.array([[1, 0], [0, 0], [0, 0], [1, 0]], np.float32)
    labels = [frozenset("ab"), frozenset("ab"), frozenset("a"), frozenset[str]()]
    like = Likeness(vectors, labels)

    assert like.to(0).tolist() == [1, 1, 0.5, 1]
    assert like.to(1).tolist() == [1, 1, 0.5, 0]
    assert Likeness(vectors[1:3], [frozenset(), frozenset()]).to(0).tolist() == [0, 0]


limits = st.builds(limit, st.text("x.", min_size=P, max_size=P), st.integers(0, 3),
                   st.integers(0, 4), st.integers(1, P))


@given(st.lists(st.integers(0, 9), min_size=P, max_size=P), st.integers(1, P),
       st.lists(limits, max_size=2), st.dictionaries(st.integers(0, P), st.integers(0, P - 1),
                                                     max_size=2), st.floats(0, 1))
def test_nothing_comes_twice_and_no_upper_limit_is_passed(
    values: list[int], k: int, rules: list[Limit], pins: dict[int, int], diversity: float
) -> None:
    once = {position: place for n, (position, place) in enumerate(pins.items())
            if place not in list(pins.values())[:n]}
    like = Likeness(np.eye(P, dtype=np.float32), [frozenset[str]()] * P)

    order = arrange(worth(*values), k, rules, once, diversity, like)

    assert len(order) == len(set(order)) <= k
    for rule in rules:
        assert rule.members[order[:rule.first]].sum() <= rule.at_most
    if not rules:
        assert len(order) == k
        assert all(order[position] == place for position, place in once.items() if position < k)


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.integers(1, 4),
       st.text("x.", min_size=4, max_size=4), st.integers(1, 4), st.integers(1, 4))
def test_a_lower_limit_that_can_be_kept_is_kept(
    values: list[int], k: int, members: str, at_least: int, first: int
) -> None:
    rule = limit(members, at_least, first=first)

    order = arrange(worth(*values), k, [rule])

    possible = max(rule.members[list(other[:first])].sum() for other in permutations(range(4), k))
    assert rule.members[order[:first]].sum() >= min(at_least, possible)


@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
def test_the_best_comes_first_however_different_the_others(diversity: float) -> None:
    like = Likeness(np.eye(3, dtype=np.float32), [frozenset[str]()] * 3)

    assert arrange(worth(5, 9, 1), 3, diversity=diversity, likeness=like)[0] == (
        1 if diversity < 1 else 0)
