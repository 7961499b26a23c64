"""A table in clusters, and the exact scan of it in plain numpy."""

from itertools import pairwise

import numpy as np

from domain.blend import HIDDEN, Bias
from domain.clusters import Clusters, ClusterSearch, Reach
from domain.row import Floats
from domain.table import ZERO_POINT, Table

WIDTH = 8
SIZES = (700, 5, 300, 2100, 1, 400)  # more than one buffer, and next to nothing
N = sum(SIZES)
STARTS = 1 + np.cumsum([0, *SIZES])
EVERY = np.arange(1, N + 1)
REACH = Reach(loud=100, few=300, enough=50)  # small beside the table


def table() -> Table:
    """Each cluster around a centre of its own; padding is row 0 and what lies beyond N."""
    chance = np.random.default_rng(1)
    centres = np.repeat(chance.normal(size=(len(SIZES), WIDTH)), SIZES, axis=0)
    vectors = centres + chance.normal(size=(N, WIDTH)) / 3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scales = np.abs(vectors).max(axis=1) / 127
    values = np.full((N + 1 + 23, WIDTH), ZERO_POINT, np.uint8)
    values[1:N + 1] = np.rint(vectors / scales[:, None]) + ZERO_POINT
    return Table(values, np.pad(scales, (1, 23)).astype(np.float32))


TABLE = table()
CENTROIDS = np.stack([TABLE.vectors(slice(a, b)).mean(axis=0)
                      for a, b in pairwise(STARTS)])
CLUSTERS = Clusters(CENTROIDS, STARTS)


def search(probes: int) -> ClusterSearch:
    """Over the table."""
    return ClusterSearch(TABLE, CLUSTERS, probes, REACH)


def user(seed: int) -> Floats:
    """As long as a blend makes it."""
    found = np.random.default_rng(seed).normal(size=WIDTH)
    return np.asarray(20 * found / np.linalg.norm(found), np.float32)


def bias(seed: int, shown: float, n_lifted: int) -> Bias:
    """A share of the rows may be shown; some are lifted, hidden ones among them."""
    chance = np.random.default_rng(seed)
    shared = chance.random(len(TABLE.values), np.float32)
    shared[chance.random(len(shared)) >= shown] = HIDDEN
    shared[0] = shared[N + 1:] = HIDDEN
    rows = np.sort(chance.choice(EVERY, n_lifted, replace=False))
    return Bias(shared, rows, chance.random(n_lifted, np.float32) * 5)


def exact(asked: Floats, given: Bias) -> Floats:
    """(rows,) float32: every score."""
    return np.asarray(TABLE.vectors(slice(None)) @ asked + given.whole(), np.float32)
