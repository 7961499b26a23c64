"""Where items begin, by what is done together."""

import numpy as np
import pytest
import torch

from domain.graph import Graph
from model.covisitation import build
from model.spectrum import spectrum

WIDTH = 4


def islands() -> Graph:
    """Two groups of items whose people never meet, and item 9, which nobody touched."""
    chance = np.random.default_rng(0)
    walks = [chance.choice([1, 2, 3, 4], 3, replace=False) for _ in range(40)]
    walks += [chance.choice([5, 6, 7, 8], 3, replace=False) for _ in range(40)]
    return build(walks, 10, 3, 9, 1.0)


def test_items_of_one_crowd_lie_closer_than_items_of_two() -> None:
    found = spectrum(islands(), WIDTH, seed=1)

    cosines = (found @ found.T).numpy()
    within = [cosines[1:5, 1:5].min(), cosines[5:9, 5:9].min()]
    assert min(within) > cosines[1:5, 5:9].max()


def test_vectors_have_length_one_and_untouched_items_none() -> None:
    lengths = spectrum(islands(), WIDTH, seed=1).norm(dim=1)

    assert lengths.tolist() == pytest.approx([0, *[1] * 8, 0], abs=1e-5)


def test_the_same_seed_begins_alike_and_another_is_only_turned() -> None:
    graph = islands()
    one, again, other = (spectrum(graph, WIDTH, seed) for seed in (1, 1, 2))

    assert torch.equal(one, again)
    assert not torch.allclose(one, other, atol=1e-2)
    assert torch.allclose(one @ one.T, other @ other.T, atol=1e-3)


def test_it_holds_what_the_eigenvectors_hold() -> None:
    graph = islands()
    dense = np.zeros((10, 10))
    for row in range(10):
        neighbours, weights = graph.edges(row)
        dense[row, neighbours] = weights
    dense += dense.T
    degrees = dense.sum(axis=1)
    scale = (degrees + degrees[degrees > 0].mean()) ** -0.5
    values, vectors = np.linalg.eigh(scale[:, None] * dense * scale)
    best = np.argsort(-np.abs(values))[:WIDTH]
    exact = scale[:, None] * vectors[:, best] * np.sqrt(np.abs(values[best]))
    exact = exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12)
    exact *= (degrees > 0)[:, None]

    found = spectrum(graph, WIDTH, seed=3).numpy()

    np.testing.assert_allclose(found @ found.T, exact @ exact.T, atol=1e-3)


@pytest.mark.parametrize("walks", [[], [np.array([1, 2])]])
def test_a_catalogue_smaller_than_a_vector_begins_too(walks: list[np.ndarray]) -> None:
    found = spectrum(build(walks, 3, 3, 9, 1.0), 16, seed=1)

    assert found.shape == (3, 16)
    assert torch.isfinite(found).all()
    assert bool(found.any()) == bool(walks)
