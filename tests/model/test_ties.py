"""Simultaneous events change places, and nothing else does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model import ties
from model.histories import History
from tests.model.scene import history, packed

steps = st.tuples(st.integers(0, 4), st.integers(1, 30))
walks = st.lists(steps, min_size=1, max_size=12, unique=True).map(
    lambda found: history(*sorted(found)))


def shuffled(walk: History, chance: np.random.Generator) -> History:
    (block,) = packed(walk).blocks()
    return tuple(walk[place] for place in ties.shuffled(block, chance))


def turned(walk: History) -> History:
    (block,) = packed(walk).blocks()
    return tuple(walk[place] for place in ties.turned(block))


@given(walks, st.integers(0, 9))
def test_a_shuffled_history_is_the_same_events_in_time_order(walk: History, seed: int) -> None:
    found = shuffled(walk, np.random.default_rng(seed))

    assert set(found) == set(walk)
    assert [e.at_ms for e in found] == sorted(e.at_ms for e in found)
    assert found == shuffled(walk, np.random.default_rng(seed))


def test_each_of_two_simultaneous_events_is_the_first_half_of_the_time() -> None:
    walk, chance = history((1, 1), (1, 2)), np.random.default_rng(0)

    firsts = [shuffled(walk, chance)[0].item for _ in range(200)]

    assert 70 < firsts.count(1) < 130


def test_turned_simultaneous_events_stand_in_reverse() -> None:
    walk = history((1, 7), (2, 3), (2, 5), (2, 9), (4, 1))

    assert [e.item for e in turned(walk)] == [7, 9, 5, 3, 1]


@given(walks)
def test_turned_twice_is_as_it_was(walk: History) -> None:
    assert turned(turned(walk)) == walk


@given(st.lists(walks, min_size=1, max_size=4), st.integers(0, 9))
def test_everybody_keeps_their_own(found: list[History], seed: int) -> None:
    (block,) = packed(*found).blocks()

    for order in (ties.turned(block), ties.shuffled(block, np.random.default_rng(seed))):
        assert np.array_equal(block.owner[order], block.owner)
        assert sorted(order.tolist()) == list(range(sum(map(len, found))))
