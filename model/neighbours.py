"""Families that count who likes what together, and end as a graph: item -> its neighbours."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from domain.graph import Graph
from domain.row import PADDING, Rows
from model.covisitation import Edges, chunks, compress, summed
from model.dataset import DatasetError

L2 = 500.0  # of EASE. source: Steck 2019, table 1, for MovieLens 20M
MAX_DENSE = 20_000  # items whose matrix is inverted: 3.2 GB of float64, and minutes
CHUNK_PAIRS = 4_000_000  # held at once: 64 MB


def item_cf(sequences: Iterable[Rows], n_rows: int, most: int) -> Graph:
    """Cosine of the sets of users who like two items.

    cost: the sum over users of the square of how many items they like.
    source: Sarwar et al. 2001; Deshpande & Karypis 2004.
    """
    (cells, together), users = _together(sequences, n_rows)
    first, later = np.divmod(cells, n_rows)
    weights = together / np.sqrt(users[first] * users[later])
    return compress(first, later, weights, n_rows, most)


def ease(sequences: Iterable[Rows], n_rows: int, most: int) -> Graph:
    """The linear model of each item by all others, in closed form; edges are what speaks for.

    What speaks against (negative weights) is left out: a graph's votes are shares, and reasons.
    source: Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data".
    raises: DatasetError, above `MAX_DENSE` items.
    """
    (cells, together), users = _together(sequences, n_rows)
    (known,) = np.nonzero(users)
    if len(known) > MAX_DENSE:
        raise DatasetError(f"ease: {len(known)} items, and at most {MAX_DENSE} can be solved")
    place = np.zeros(n_rows, np.int64)
    place[known] = np.arange(len(known))
    gram = np.diag(users[known] + L2)
    gram[place[cells // n_rows], place[cells % n_rows]] = together
    weights = solved(gram)
    first, later = _strongest(weights, most)
    return compress(known[first], known[later], weights[first, later], n_rows, most)


def solved(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, N) how much each row speaks for each column, from co-occurrences and the L2 added."""
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights)


def _strongest(weights: NDArray[np.float64], most: int) -> tuple[Rows, Rows]:
    """Row and column of the positive ones, at most so many of each row."""
    k = min(most, len(weights))
    columns = [np.argpartition(-row, k - 1)[:k] for row in weights]
    first = np.repeat(np.arange(len(weights)), k)
    later = np.concatenate([np.zeros(0, np.int64), *columns])
    kept = weights[first, later] > 0
    return first[kept], later[kept]


def _together(sequences: Iterable[Rows], n_rows: int) -> tuple[Edges, NDArray[np.float64]]:
    """In how many sequences two rows stand, each pair both ways, and in how many each row does."""
    edges: Edges = np.zeros(0, np.int64), np.zeros(0, np.float64)
    users = np.zeros(n_rows)
    sets = (np.unique(rows[rows != PADDING]) for rows in sequences)
    for chunk in chunks(sets, lambda rows: len(rows) ** 2, CHUNK_PAIRS):
        users += np.bincount(np.concatenate(chunk), minlength=n_rows)
        cells = np.concatenate([_pairs(rows, n_rows) for rows in chunk])
        edges = summed([edges, (cells, np.ones(len(cells)))])
    return edges, users


def _pairs(rows: Rows, n_rows: int) -> Rows:
    """(n * (n - 1),) every two different ones, as one number."""
    cells = rows[:, None] * n_rows + rows
    return np.asarray(cells[~np.eye(len(rows), dtype=bool)])


Count = Callable[[Iterable[Rows], int, int], Graph]
NEIGHBOURS: dict[str, Count] = {"ease": ease, "item-cf": item_cf}
