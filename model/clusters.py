"""Item vectors -> clusters, and the table in their order."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from domain.clusters import Clusters
from domain.row import Floats, RowIndex, Rows
from domain.table import Table
from model.config import TrainConfig

ROUNDS = 10  # of k-means; later ones move few vectors
SAMPLED = 64  # vectors per cluster that k-means learns from
CHUNK_CELLS = 16_000_000  # distances held at once: 64 MB of float32


@dataclass(frozen=True, slots=True)
class Arranged:
    """A table and whose rows they are. clusters: None where the whole table is scored."""

    table: Table
    index: RowIndex
    clusters: Clusters | None


def arrange(table: Table, index: RowIndex, config: TrainConfig) -> Arranged:
    """The table as it is, or above `exact_items` in the order of its clusters.

    So the rows of a cluster lie side by side, in the one table that encoder and search read.
    """
    n_items = len(index)
    if n_items <= config.exact_items:
        return Arranged(table, index, None)
    order, clusters = clustered(table, n_items, n_clusters(n_items), config.seed)
    rows = np.concatenate([[0], order, np.arange(n_items + 1, len(table.values))])
    return Arranged(Table(table.values[rows], table.scales[rows]),
                    RowIndex(index.keys[order - 1]), clusters)


def n_clusters(n_items: int) -> int:
    """A power of two near 1.5 * sqrt(N): ranking clusters then costs less than reading them."""
    return int(2 ** round(math.log2(1.5 * math.sqrt(n_items))))


def clustered(table: Table, n_items: int, n: int, seed: int) -> tuple[Rows, Clusters]:
    """The rows 1 to N in the order of their clusters, and those; none of them is empty.

    cost: N * n * D multiplications, and as many for k-means; minutes for ten million items.
    """
    centroids = _means(table, n_items, n, np.random.default_rng(seed))
    own = np.concatenate([_nearest(table.vectors(rows), centroids)
                          for rows in _chunks(n_items, n)])
    sums = np.zeros((n, table.values.shape[1]))
    for rows in _chunks(n_items, n):
        sums += _sums(table.vectors(rows), own[rows.start - 1:rows.stop - 1], n)
    sizes = np.bincount(own, minlength=n)
    kept = sizes > 0
    starts = 1 + np.concatenate([[0], np.cumsum(sizes[kept])])
    means = (sums[kept] / sizes[kept, None]).astype(np.float32)
    return np.argsort(own, kind="stable") + 1, Clusters(means, starts)


def _means(table: Table, n_items: int, n: int, chance: np.random.Generator) -> Floats:
    """k-means by Lloyd over a sample; a cluster that lost all its vectors begins anew at one."""
    sample = chance.choice(n_items, min(n_items, SAMPLED * n), replace=False) + 1
    vectors = table.vectors(sample)
    centroids = vectors[:n].copy()
    step = max(1, CHUNK_CELLS // n)
    for _ in tqdm(range(ROUNDS), desc="clustering", unit="round", disable=None):
        own = np.concatenate([_nearest(vectors[start:start + step], centroids)
                              for start in range(0, len(vectors), step)])
        sizes = np.bincount(own, minlength=n)
        centroids = (_sums(vectors, own, n) / np.maximum(sizes, 1)[:, None]).astype(np.float32)
        (empty,) = np.nonzero(sizes == 0)
        centroids[empty] = vectors[chance.choice(len(vectors), len(empty), replace=False)]
    return centroids


def _nearest(vectors: Floats, centroids: Floats) -> Rows:
    """The nearest centroid of each vector, by Euclid."""
    closeness = vectors @ centroids.T - (centroids**2).sum(axis=1) / 2
    return np.asarray(closeness.argmax(axis=1))


def _sums(vectors: Floats, own: Rows, n: int) -> NDArray[np.float64]:
    """(n, D) float64: the sum of the vectors of each cluster."""
    return np.stack([np.bincount(own, column, n) for column in vectors.T], axis=1)


def _chunks(n_items: int, n: int) -> list[slice]:
    """The rows 1 to N, as many at once as may be held against n centroids."""
    step = max(1, CHUNK_CELLS // n)
    return [slice(start, min(n_items + 1, start + step)) for start in range(1, n_items + 1, step)]
