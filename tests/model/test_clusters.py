"""A large catalogue's table lies in the order of its clusters, and means the same."""

from dataclasses import replace

import numpy as np
import pytest

from domain.row import RowIndex
from domain.table import ZERO_POINT, Table
from model.clusters import arrange, clustered, n_clusters
from tests.model.scene import SMALL

N, WIDTH, CENTRES = 900, 8, 6


def table(seed: int = 1) -> Table:
    """Vectors around a few centres, in no order; row 0 and what lies beyond N are padding."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(CENTRES, WIDTH))
    vectors = centres[np.arange(N) % CENTRES] + chance.normal(size=(N, WIDTH)) / 20
    scales = np.abs(vectors).max(axis=1) / 127
    values = np.full((960, WIDTH), ZERO_POINT, np.uint8)
    values[1:N + 1] = np.rint(vectors / scales[:, None]) + ZERO_POINT
    return Table(values, np.pad(scales, (1, 59)).astype(np.float32))


INDEX = RowIndex(np.arange(1000, 1000 + N, dtype=np.uint64))


def test_a_small_catalogue_stays_as_it_is() -> None:
    found = arrange(table(), INDEX, replace(SMALL, exact_items=N))

    assert found.index is INDEX
    assert found.clusters is None


def test_a_large_one_is_another_order_of_the_same_items() -> None:
    before = table()

    found = arrange(before, INDEX, replace(SMALL, exact_items=N - 1))

    assert sorted(found.index.keys.tolist()) == INDEX.keys.tolist()
    for key in INDEX.keys[:50].tolist():
        old, new = np.array([INDEX.row(key)]), np.array([found.index.row(key)])
        assert found.table.vectors(new).tolist() == before.vectors(old).tolist()
    padding = np.array([0, *range(N + 1, 960)])
    assert not found.table.vectors(padding).any()


def test_what_is_alike_lies_together() -> None:
    before = table()

    order, found = clustered(before, N, 32, seed=3)

    assert sorted(order.tolist()) == list(range(1, N + 1))
    assert (found.starts[0], found.starts[-1]) == (1, N + 1)
    assert (np.diff(found.starts) > 0).all()
    for number, centroid in enumerate(found.centroids):
        rows = order[found.starts[number] - 1:found.starts[number + 1] - 1]
        assert len(set((rows - 1) % CENTRES)) == 1
        assert centroid == pytest.approx(before.vectors(rows).mean(axis=0), abs=1e-4)


def test_the_same_seed_makes_the_same_clusters() -> None:
    one, other = (clustered(table(), N, 8, seed=5) for _ in range(2))

    assert one[0].tolist() == other[0].tolist()
    assert one[1].centroids.tolist() == other[1].centroids.tolist()


def test_items_that_are_all_the_same_need_one_cluster() -> None:
    same = Table(np.full((960, WIDTH), 140, np.uint8), np.ones(960, np.float32))

    order, found = clustered(same, N, 8, seed=1)

    assert len(order) == N
    assert len(found.centroids) == 1


@pytest.mark.parametrize(("items", "clusters"), [(48, 8), (1_000_000, 2048), (10_000_000, 4096)])
def test_there_are_about_as_many_clusters_as_items_in_one(items: int, clusters: int) -> None:
    assert n_clusters(items) == clusters
