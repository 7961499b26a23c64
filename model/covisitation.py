"""Histories -> the directed co-visitation graph: what is done soon after what.

    strength(a -> b) = sum over users of STEP ** (steps from a to b - 1), up to `reach` steps
    weight(a -> b)   = strength / (events of b) ** DAMPING, the strongest kept, summing to 1 per a

The damping keeps what everybody does after anything from drowning what follows a alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from domain.graph import Graph
from domain.row import PADDING, Rows

STEP = 0.8
DAMPING = 0.5


def build(sequences: Iterable[Rows], n_rows: int, reach: int, neighbours: int) -> Graph:
    """The graph over `n_rows` rows (padding included), at most `neighbours` edges each."""
    strength: dict[int, Counter[int]] = defaultdict(Counter)
    seen = np.zeros(n_rows, np.float64)
    for rows in sequences:
        known = rows[rows != PADDING]
        seen += np.bincount(known, minlength=n_rows)
        _count(strength, known.tolist(), reach)
    damped = 1.0 / np.maximum(seen, 1.0) ** DAMPING
    return _compress(strength, damped, n_rows, neighbours)


def _count(strength: dict[int, Counter[int]], rows: list[int], reach: int) -> None:
    for place, row in enumerate(rows):
        followers = strength[row]
        for step, later in enumerate(rows[place + 1:place + 1 + reach]):
            if later != row:
                followers[later] += STEP**step  # type: ignore[assignment]  # floats count too


def _compress(
    strength: dict[int, Counter[int]], damped: np.ndarray, n_rows: int, most: int
) -> Graph:
    indptr = np.zeros(n_rows + 1, np.int64)
    targets: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for row in range(n_rows):
        found = np.array(list(strength.get(row, ())), np.int32)
        weight = np.array(list(strength.get(row, {}).values()), np.float64) * damped[found]
        strongest = np.argsort(-weight, kind="stable")[:most]
        targets.append(found[strongest])
        weights.append((weight[strongest] / max(weight.sum(), 1e-12)).astype(np.float32))
        indptr[row + 1] = indptr[row] + len(strongest)
    return Graph(indptr, np.concatenate(targets), np.concatenate(weights))
