"""How the two graphs are asked, and what the item table holds."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from domain.artifact import CLUSTERS, SCORER
from domain.blend import HIDDEN, Bias
from domain.clusters import Clusters
from domain.runtime import Runtime
from domain.window import Window
from tests.domain import small_model
from tests.domain.small_model import ROWS, WIDTH, N, PlainRuntime, vectors


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return Runtime(small_model.write(tmp_path), PlainRuntime, ROWS, WIDTH)


def window(*rows: int) -> Window:
    ones = np.ones(len(rows), np.int64)
    return Window(np.array(rows, np.int64), ones, ones)


def test_the_vectors_of_rows_are_those_of_the_table_to_a_byte(runtime: Runtime) -> None:
    rows = np.array([3, 0, 1, 3])

    found = runtime.vectors(rows)

    assert found == pytest.approx(vectors()[rows], abs=0.5 / 127 + 1e-6)
    assert found.dtype == np.float32


def test_users_are_encoded_together_as_they_are_alone(runtime: Runtime) -> None:
    asked = [window(1, 2), window(2, 1), window(3, 3)]

    together = runtime.encode(asked)

    assert together.shape == (3, WIDTH)
    for user, alone in zip(together, asked, strict=True):
        assert user == pytest.approx(runtime.encode([alone])[0], abs=1e-6)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0)


def test_windows_of_two_lengths_cannot_be_encoded_together(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="shape"):
        runtime.encode([window(1), window(1, 2)])


def test_the_best_rows_come_first_with_their_bias(runtime: Runtime) -> None:
    user = vectors()[4]
    bias = Bias(np.zeros(ROWS, np.float32), np.array([7]), np.array([5], np.float32))

    scores, rows = runtime.score(user, bias, 3)

    assert rows[0] == 7
    assert rows[1] == 4
    assert scores == pytest.approx(runtime.vectors(rows) @ user + bias.of(rows), abs=1e-5)


def test_a_table_in_clusters_is_searched_without_the_scorers_graph(tmp_path: Path) -> None:
    folder = small_model.write(tmp_path)
    starts = np.array([1, 4, N + 1])
    centroids = np.stack([vectors()[a:b].mean(axis=0) for a, b in pairwise(starts)])
    (folder / CLUSTERS).write_bytes(Clusters(centroids, starts).to_bytes())
    (folder / SCORER).unlink()
    shared = np.full(ROWS, HIDDEN)
    shared[1:N + 1] = 0
    bias = Bias(shared, np.array([7]), np.array([5], np.float32))

    found = Runtime(folder, PlainRuntime, ROWS, WIDTH, probes=1)
    scores, rows = found.score(vectors()[4], bias, 3)

    assert rows[:2].tolist() == [7, 4]
    assert scores == pytest.approx(found.vectors(rows) @ vectors()[4] + bias.of(rows), abs=1e-5)
