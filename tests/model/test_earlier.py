"""A run starts from what an earlier one left: rows by their keys, labels by their hashes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from domain.graph import Graph
from domain.row import RowIndex
from model.config import TrainConfig
from model.content import Labels
from model.covisitation import build
from model.earlier import EarlierError, keep, start_from
from model.learner import Network
from tests.model.scene import SMALL, network

KEYS = np.array([2**63 + 5, 7, 1], np.uint64)  # of rows 1 to 3, in no order
LATER = np.array([1, 9, 2**63 + 5, 8], np.uint64)  # 7 is gone, 9 and 8 are new
KNOWN_LABELS, LATER_LABELS = np.array([10, 20], np.uint64), np.array([20, 2**63 + 1], np.uint64)
# Of the later rows: 2 is done after 1, and 3 after 2; nothing is known of 4.
GRAPH = build([np.array([1, 2, 3])], 5, 1, 5)


def labels(known: np.ndarray, rows: int) -> Labels:
    return Labels(known, torch.zeros(rows + 1, 1, dtype=torch.int64))


def of(rows: int) -> Network:
    return Network(SMALL, torch.zeros(rows + 1, 1, dtype=torch.int64), 3, rows)


@pytest.fixture
def earlier(tmp_path: Path) -> Network:
    made = of(3)
    keep(tmp_path, made, SMALL, RowIndex(KEYS), labels(KNOWN_LABELS, 3))
    return made


def start(folder: Path, graph: Graph = GRAPH) -> tuple[Network, torch.Tensor]:
    made = of(4)
    known = start_from(folder, made, SMALL, RowIndex(LATER), labels(LATER_LABELS, 4), graph)
    return made, known


def test_what_is_known_has_the_vectors_it_had(earlier: Network, tmp_path: Path) -> None:
    made, known = start(tmp_path)

    before, after = earlier.tower.identity.weight, made.tower.identity.weight
    assert known.tolist() == [False, True, False, True, False]
    assert torch.equal(after[1], before[3])
    assert torch.equal(after[3], before[1])
    assert torch.equal(made.tower.labels.weight[1], earlier.tower.labels.weight[2])


def test_the_encoder_is_the_same(earlier: Network, tmp_path: Path) -> None:
    made, _ = start(tmp_path)

    assert all(torch.equal(part, earlier.encoder.state_dict()[name])
               for name, part in made.encoder.state_dict().items())


def test_what_is_new_begins_amid_its_neighbours(earlier: Network, tmp_path: Path) -> None:
    made, _ = start(tmp_path)

    vectors = made.tower.identity.weight
    parts = torch.linalg.lstsq(vectors[[1, 3]].T, vectors[2:3].T).solution.flatten()
    assert torch.allclose(parts[0] * vectors[1] + parts[1] * vectors[3], vectors[2], atol=1e-5)
    assert float(parts.detach().sum()) == pytest.approx(1.0, abs=1e-4)
    assert not vectors[4].any()
    assert not vectors[0].any()


@pytest.mark.parametrize(("name", "config"), [
    ("width", replace(SMALL, width=32)), ("blocks", replace(SMALL, blocks=3)),
    ("window", replace(SMALL, window=9)), ("model", replace(SMALL, model="gru"))])
def test_a_network_of_another_shape_is_refused(
    earlier: Network, tmp_path: Path, name: str, config: TrainConfig
) -> None:
    with pytest.raises(EarlierError, match=f"trained with {name}"):
        start_from(tmp_path, network(config), config, RowIndex(LATER), labels(LATER_LABELS, 4),
                   GRAPH)


@pytest.mark.parametrize("left", [None, b"", b"no weights"])
def test_what_is_missing_or_damaged_is_refused(tmp_path: Path, left: bytes | None) -> None:
    if left is not None:
        (tmp_path / "network.pt").write_bytes(left)

    with pytest.raises(EarlierError, match="cannot be read"):
        start(tmp_path)
