"""What the first process of a training prepares, and the others learn of it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from model.adapt import let_few_learn
from model.checkpoint import Checkpoints
from model.config import TrainConfig
from model.examples import Examples
from model.families import COUNTED
from model.fit import fit
from model.learner import Network
from model.place import Place
from model.ranks import Ranks

NETWORK = "network.pt"


@contextmanager
def offered(
    network: Network, data: Examples, ranks: Ranks, known: Tensor | None = None
) -> Iterator[None]:
    """Within it the others have the network as it begins, and the windows, out of shared files.

    known: as `let_few_learn` was told; None where all weights learn.
    """
    if ranks.count == 1:
        yield
        return
    with TemporaryDirectory() as name:
        data.save(Path(name))
        tower = network.tower
        torch.save({"content": tower.get_buffer("content").cpu(), "weights": network.state_dict(),
                    "n_labels": len(tower.labels.weight), "n_learned": tower.n_learned,
                    "known": known},
                   Path(name, NETWORK))
        ranks.told(name)
        yield


def follow(config: TrainConfig, checkpoints: Checkpoints, ranks: Ranks) -> None:
    """Learn beside the first process, and know nothing of what it does before and after."""
    if config.model in COUNTED:  # it is done before others could help
        return
    folder, place = Path(ranks.told("")), Place.of(config, ranks.local)
    begun: dict[str, Any] = torch.load(folder / NETWORK, place.device, weights_only=True)
    network = Network(config, begun["content"], begun["n_labels"], begun["n_learned"])
    if begun["known"] is not None:
        let_few_learn(network, config.adapter_rank, begun["known"].cpu())
    network.load_state_dict(begun["weights"])
    fit(network.to(place.device), Examples.load(folder), config, lambda: math.nan, checkpoints,
        place, ranks)
