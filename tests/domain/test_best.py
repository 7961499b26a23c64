"""The largest of many numbers, found by blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.best import BLOCK, best_places


@given(st.integers(1, 12 * BLOCK), st.integers(1, 3 * BLOCK), st.integers(0, 2**32 - 1),
       st.integers(1, 1000))
def test_the_best_are_those_of_a_whole_sort(n: int, k: int, seed: int, levels: int) -> None:
    scores = np.random.default_rng(seed).integers(0, levels, n).astype(np.float32)

    places = best_places(scores, k)

    assert scores[places].tolist() == np.sort(scores)[::-1][:k].tolist()
    assert len(set(places.tolist())) == min(n, k)


@pytest.mark.parametrize("place", [0, BLOCK, 10 * BLOCK, 10 * BLOCK + 5])
def test_the_one_best_may_lie_anywhere(place: int) -> None:
    scores = np.zeros(10 * BLOCK + 6, np.float32)
    scores[place] = 1

    assert best_places(scores, 1).tolist() == [place]


def test_what_is_hidden_without_end_comes_last() -> None:
    scores = np.array([-np.inf, 1, -np.inf, 2], np.float32)

    assert best_places(scores, 3)[:2].tolist() == [3, 1]
