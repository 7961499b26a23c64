"""Who likes what together, beside the same written with whole matrices."""

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.graph import Graph
from domain.row import Rows
from model.dataset import DatasetError
from model.neighbours import L2, MAX_DENSE, NEIGHBOURS, ease, item_cf, solved

N_ROWS = 13  # padding, and 11 items of 12 that anybody likes


def sequences(seed: int = 0, users: int = 40) -> list[Rows]:
    chance = np.random.default_rng(seed)
    return [chance.integers(0, N_ROWS - 1, chance.integers(0, 9)) for _ in range(users)]


def liked(rows: list[Rows]) -> NDArray[np.float64]:
    """(users, rows) 1 where a user likes an item."""
    found = np.zeros((len(rows), N_ROWS))
    for user, mine in enumerate(rows):
        found[user, mine] = 1
    found[:, 0] = 0
    return found


def dense(graph: Graph) -> NDArray[np.float64]:
    """(rows, rows) the weights of a graph."""
    found = np.zeros((N_ROWS, N_ROWS))
    for row in range(N_ROWS):
        found[row, graph.edges(row)[0]] = graph.edges(row)[1]
    return found


def assert_proportional(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(found / found.sum(), wanted / wanted.sum(), atol=1e-6)


def test_two_items_are_as_near_as_the_users_who_like_them() -> None:
    of = liked(sequences())
    lengths = np.maximum(np.linalg.norm(of, axis=0), 1e-9)
    cosines = of.T @ of / lengths / lengths[:, None]
    np.fill_diagonal(cosines, 0)

    graph = item_cf(sequences(), N_ROWS, N_ROWS)

    assert_proportional(dense(graph), cosines)


def test_the_linear_model_is_the_one_of_the_paper() -> None:
    many = [*sequences(), *(np.array([1 + user % 2, 3]) for user in range(4000))]  # 1 and 2 apart
    gram = liked(many).T @ liked(many) + L2 * np.eye(N_ROWS)
    inverse = np.linalg.inv(gram)
    wanted = np.eye(N_ROWS) - inverse @ np.diag(1 / np.diag(inverse))

    graph = ease(many, N_ROWS, N_ROWS)

    np.testing.assert_allclose(solved(gram), wanted, atol=1e-12)
    assert wanted.min() < 0
    assert_proportional(dense(graph), np.maximum(wanted, 0))  # what speaks against is left out


@pytest.mark.parametrize("family", NEIGHBOURS)
def test_the_strongest_edges_are_kept_strongest_first(family: str) -> None:
    whole, cut = (NEIGHBOURS[family](sequences(), N_ROWS, most) for most in (N_ROWS, 3))

    for row in range(N_ROWS):
        assert cut.edges(row)[0].tolist() == whole.edges(row)[0][:3].tolist()
        assert np.all(np.diff(cut.edges(row)[1]) <= 0)


@pytest.mark.parametrize("family", NEIGHBOURS)
def test_nobody_who_likes_anything_makes_a_graph_without_edges(family: str) -> None:
    for nothing in ([], [np.zeros(3, np.int64)]):
        graph = NEIGHBOURS[family](nothing, N_ROWS, 5)

        assert len(graph.indptr) == N_ROWS + 1
        assert len(graph.neighbours) == 0


def test_what_is_counted_in_parts_is_counted_once() -> None:
    many = [np.arange(1, 2002), np.array([1, 2, 2003]), np.array([1, 2003])]  # the first is a part

    graph = item_cf(many, 2004, 3000)

    near, weights = graph.edges(1)
    strength = dict(zip(near.tolist(), weights.tolist(), strict=True))
    assert strength[2] / strength[3] == pytest.approx(2 / (3 * 2) ** 0.5 * 3**0.5)
    assert strength[2003] / strength[3] == pytest.approx(2 / (3 * 2) ** 0.5 * 3**0.5)


def test_more_items_than_can_be_solved_are_refused() -> None:
    pairs = np.arange(1, MAX_DENSE + 3).reshape(-1, 2)

    with pytest.raises(DatasetError, match="ease: 20002 items, and at most 20000"):
        ease(list(pairs), MAX_DENSE + 3, 5)
