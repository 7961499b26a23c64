"""The graph against the formula of its docstring, computed in the plainest way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import covisitation
from model.covisitation import FROM, STEP, TO, build

N_ROWS = 6
sequences = st.lists(st.lists(st.integers(0, N_ROWS - 1), max_size=8), max_size=6)


def plain(found: list[list[int]], reach: int, backward: float = 0.0) -> np.ndarray:
    """(rows, rows) weight of every edge, 0 = none."""
    strength, seen = np.zeros((N_ROWS, N_ROWS)), np.zeros(N_ROWS)
    for sequence in found:
        known = [row for row in sequence if row]
        for i, a in enumerate(known):
            seen[a] += 1
            for j, b in enumerate(known):
                if 0 < j - i <= reach and a != b:
                    strength[a, b] += STEP ** (j - i - 1)
                    strength[b, a] += backward * STEP ** (j - i - 1)
    often = np.maximum(seen, 1)
    weight = strength / (often[:, None] ** FROM * often ** TO)
    speaking = weight.any(axis=1).sum()
    return np.asarray(weight * speaking / max(weight.sum(), 1e-12))


@given(sequences, st.integers(1, 4), st.sampled_from([0.0, 0.5]))
def test_the_graph_is_what_the_formula_says(
    found: list[list[int]], reach: int, backward: float
) -> None:
    graph = build([np.array(s, np.int64) for s in found], N_ROWS, reach, N_ROWS, backward)

    dense = np.zeros((N_ROWS, N_ROWS))
    for row in range(N_ROWS):
        neighbours, weights = graph.edges(row)
        dense[row, neighbours] = weights
        assert len(set(neighbours.tolist())) == len(neighbours)
    np.testing.assert_allclose(dense, plain(found, reach, backward), rtol=1e-5)


@given(sequences, st.integers(1, 9))
def test_chunks_and_the_order_of_users_change_nothing(found: list[list[int]], chunk: int) -> None:
    rows = [np.array(s, np.int64) for s in found]
    whole = build(rows, N_ROWS, 3, 4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covisitation, "CHUNK", chunk)
        cut = build(rows[::-1], N_ROWS, 3, 4)

    np.testing.assert_array_equal(cut.indptr, whole.indptr)
    np.testing.assert_allclose(cut.weights, whole.weights, atol=1e-6)


@given(sequences, st.integers(1, 3))
def test_only_the_strongest_edges_are_kept(found: list[list[int]], most: int) -> None:
    graph = build([np.array(s, np.int64) for s in found], N_ROWS, 3, most)

    for row, weights in enumerate(plain(found, 3)):
        _, kept = graph.edges(row)
        expected = np.sort(weights[weights > 0])[::-1][:most]
        np.testing.assert_allclose(kept, expected, atol=1e-6)


def test_the_direction_is_kept() -> None:
    graph = build([np.array([1, 2])], 3, 5, 5)

    assert graph.edges(1)[0].tolist() == [2]
    assert graph.edges(2)[0].tolist() == []


def test_what_everybody_does_weighs_less_than_what_follows_this_alone() -> None:
    graph = build([np.array([1, 2]), np.array([1, 3])] + [np.array([4, 3])] * 8, 5, 5, 5)

    weights = dict(zip(*(part.tolist() for part in graph.edges(1)), strict=True))
    assert weights[2] == pytest.approx(9 ** TO * weights[3])  # 3 was done 9 times, 2 once


def test_what_is_followed_often_says_more_than_what_is_followed_once() -> None:
    graph = build([np.array([1, 2])] * 16 + [np.array([3, 2])], 4, 5, 5)

    assert graph.edges(1)[1][0] == pytest.approx(16 ** (1 - FROM) * graph.edges(3)[1][0])
