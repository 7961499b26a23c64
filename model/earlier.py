"""What an earlier training left to start from: its weights, and what its rows and labels mean."""

import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from domain.graph import Graph
from domain.layout import WEIGHTS
from domain.places import find
from domain.row import Keys, RowIndex
from model.config import TrainConfig
from model.content import Labels
from model.learner import Network
from model.spectrum import both_ways

SHAPED_BY = ("model", "width", "blocks", "heads", "window")


class EarlierError(ValueError):
    """A run cannot start from what a folder holds."""


def keep(
    folder: Path, network: Network, config: TrainConfig, index: RowIndex, labels: Labels
) -> None:
    """Leave a trained network to later runs."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"config": asdict(config), "weights": network.state_dict(),
                "keys": _signed(index.keys), "labels": _signed(labels.known)}, folder / WEIGHTS)


def start_from(
    folder: Path, network: Network, config: TrainConfig, index: RowIndex, labels: Labels,
    graph: Graph,
) -> Tensor:
    """Give the network the weights of an earlier run; (N + 1,) bool: the rows which that run knew.

    What is new begins amid what it is done together with, by the graph.
    raises: EarlierError, when there are none, or they are of a network of another shape.
    """
    if why := mismatch(folder, config):
        raise EarlierError(why)
    left = _read(folder / WEIGHTS)
    weights, tower = left["weights"], network.tower
    network.encoder.load_state_dict({name.removeprefix("encoder."): value
                                     for name, value in weights.items()
                                     if name.startswith("encoder.")})
    with torch.no_grad():
        _take_over(tower.labels.weight, labels.known, weights["tower.labels.weight"],
                   left["labels"])
        known = _take_over(tower.identity.weight, index.keys, weights["tower.identity.weight"],
                           left["keys"])
        new = torch.from_numpy(np.flatnonzero(~known.numpy())[1:])
        tower.identity.weight[new] = _amid(graph, tower.identity.weight * known.unsqueeze(1))[new]
    return known


def mismatch(folder: Path, config: TrainConfig) -> str:
    """Why a run of this config cannot start from a folder; empty when it can.

    raises: EarlierError, when nothing can be read there.
    """
    left = _read(folder / WEIGHTS)["config"]
    return next((f"{folder} was trained with {name} {left.get(name)!r}, "
                 f"not {getattr(config, name)!r}" for name in SHAPED_BY
                 if left.get(name) != getattr(config, name)), "")


def _take_over(weight: Tensor, keys: Keys, earlier: Tensor, earlier_keys: Tensor) -> Tensor:
    """Rows of the same key; (N + 1,) bool: where there was one. Row 0 is padding in both."""
    before = earlier_keys.numpy().view(np.uint64)
    order = np.argsort(before)
    places, is_known = find(before[order], keys)
    known = np.flatnonzero(is_known) + 1
    weight[known] = earlier[torch.from_numpy(order[places[is_known]] + 1)]
    return torch.from_numpy(np.concatenate([[False], is_known]))


def _amid(graph: Graph, vectors: Tensor) -> Tensor:
    """(N + 1, D) the mean of a row's neighbours, by weight, both ways; 0 without any."""
    edges, known = both_ways(graph), vectors.any(dim=1, keepdim=True).float()
    weight: Tensor = torch.sparse.mm(edges, known)
    total: Tensor = torch.sparse.mm(edges, vectors)
    return total / weight.clamp(min=1e-12)


def _signed(keys: Keys) -> Tensor:
    return torch.from_numpy(keys.view(np.int64).copy())


def _read(path: Path) -> dict[str, Any]:
    try:
        left: dict[str, Any] = torch.load(path, "cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise EarlierError(f"{path} cannot be read: {error}") from error
    return left
