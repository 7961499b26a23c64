"""Histories -> the directed co-visitation graph: what is done soon after what.

    strength(a -> b) = sum over users of STEP ** (steps from a to b - 1), up to `reach` steps,
                       and `backward` times as much for the steps from b to a
    weight(a -> b)   = strength / (events of a ** FROM * events of b ** TO), the strongest kept,
                       over one number for all, so that the weights sum to 1 for the mean row

TO keeps what everybody does after anything from drowning what follows a alone. FROM lies half-way
between counts, where what is popular shouts, and shares, where one follower of a rare item says as
much as a thousand followers of another.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from domain.graph import Graph
from domain.row import PADDING, Rows

STEP = 0.8
FROM, TO = 0.5, 0.25
CHUNK = 1_000_000  # events paired at once: 16 bytes for each of them and each step of the reach

Edges = tuple[NDArray[np.int64], NDArray[np.float64]]  # a * rows + b, ascending; strength


def build(
    sequences: Iterable[Rows], n_rows: int, reach: int, neighbours: int, backward: float = 0.0
) -> Graph:
    """The graph over `n_rows` rows (padding included), at most `neighbours` edges each."""
    edges: Edges = np.zeros(0, np.int64), np.zeros(0, np.float64)
    seen = np.zeros(n_rows, np.int64)
    for chunk in chunks((rows[rows != PADDING] for rows in sequences), len, CHUNK):
        users = np.repeat(np.arange(len(chunk)), [len(rows) for rows in chunk])
        rows = np.concatenate(chunk)
        seen += np.bincount(rows, minlength=n_rows)
        edges = summed([edges, *_pairs(rows, users, n_rows, reach, backward)])
    cells, strength = edges
    first, later = np.divmod(cells, n_rows)
    weights = strength / (seen[first] ** FROM * seen[later] ** TO)
    return compress(first, later, weights, n_rows, neighbours)


def chunks(
    sequences: Iterable[Rows], cost: Callable[[Rows], int], most: int
) -> Iterator[list[Rows]]:
    """Sequences that together cost about as much as may be held at once."""
    chunk: list[Rows] = []
    size = 0
    for rows in sequences:
        chunk.append(rows)
        size += cost(rows)
        if size >= most:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _pairs(
    rows: Rows, users: Rows, n_rows: int, reach: int, backward: float
) -> Iterator[Edges]:
    """Every pair of different rows up to `reach` steps apart in one sequence, with repeats."""
    for step in range(1, min(reach, len(rows) - 1) + 1):
        first, later = rows[:-step], rows[step:]
        joined = (users[:-step] == users[step:]) & (first != later)
        first, later = first[joined], later[joined]
        yield first * n_rows + later, np.full(len(first), STEP ** (step - 1))
        if backward:
            yield later * n_rows + first, np.full(len(first), backward * STEP ** (step - 1))


def summed(parts: list[Edges]) -> Edges:
    """Each pair once, its strengths summed."""
    cells, place = np.unique(np.concatenate([c for c, _ in parts]), return_inverse=True)
    return cells, np.bincount(place, np.concatenate([s for _, s in parts]),
                              len(cells)).astype(np.float64)


def compress(
    first: Rows, later: Rows, weights: NDArray[np.float64], n_rows: int, most: int
) -> Graph:
    """The strongest edges of each row, strongest first, of equal ones the lower row."""
    degrees = np.bincount(first, minlength=n_rows)
    order = np.lexsort((later, -weights, first))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(degrees) - degrees, degrees)
    kept = order[rank < most]
    mean = weights.sum() / max(1, np.count_nonzero(degrees))
    return Graph(np.append(0, np.cumsum(np.minimum(degrees, most))), later[kept].astype(np.int32),
                 (weights[kept] / mean).astype(np.float32))
