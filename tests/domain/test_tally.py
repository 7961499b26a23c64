"""Tallies beside a dictionary."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tally import Tally, nothing

amounts = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.0, 0.3125, 1.0, 5.0])),
                   max_size=8)


def keys_of(found: list[tuple[int, float]]) -> np.ndarray:
    return np.array([key for key, _ in found], np.uint64)


def amounts_of(found: list[tuple[int, float]]) -> np.ndarray:
    return np.array([amount for _, amount in found], np.float64)


@given(st.lists(amounts, max_size=4))
def test_amounts_add_up_by_key(steps: list[list[tuple[int, float]]]) -> None:
    tally, plain = nothing(), defaultdict[int, float](float)
    for minute, step in enumerate(steps):
        tally = tally.plus(keys_of(step), amounts_of(step), minute)
        for key, amount in step:
            plain[key] += amount

    assert dict(zip(tally.keys.tolist(), tally.amounts.tolist(), strict=True)) == plain
    assert tally.of(np.arange(6, dtype=np.uint64)).tolist() == [plain[key] for key in range(6)]


@given(amounts, amounts, st.sampled_from([0.0, 1.0, 5.5, np.inf]))
def test_what_fits_below_a_limit_fits_in_order(
    before: list[tuple[int, float]], asked: list[tuple[int, float]], limit: float
) -> None:
    tally = nothing().plus(keys_of(before), amounts_of(before), 0)
    room = {key: max(0.0, limit - sum(a for k, a in before if k == key)) for key in range(5)}
    wanted = []
    for key, amount in asked:
        wanted.append(min(amount, room[key]))
        room[key] -= wanted[-1]

    fitting = tally.admit(keys_of(asked), amounts_of(asked), limit)

    assert fitting.tolist() == wanted


def test_what_was_not_added_to_for_long_is_forgotten() -> None:
    tally = nothing().plus(np.array([1, 2], np.uint64), np.ones(2), 10)
    tally = tally.plus(np.array([2], np.uint64), np.ones(1), 12)

    assert tally.since(11).keys.tolist() == [2]
    assert tally.since(10).keys.tolist() == [1, 2]


@pytest.mark.parametrize(("most", "kept"), [(100, 100), (99, 89)])
def test_of_too_many_keys_those_with_least_go(most: int, kept: int) -> None:
    tally = Tally(np.arange(100, dtype=np.uint64), np.arange(100, dtype=np.float32),
                  np.zeros(100, np.uint32))

    assert tally.since(0, most).keys.tolist() == list(range(100 - kept, 100))
