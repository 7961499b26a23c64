"""Before a network learns items by themselves, it learns to read what is said of them.

For some epochs all ids are masked, those of the answers as well: what people do next must be told
by labels alone. Nobody has to label anything, and a newcomer, of whom nothing but labels is known,
is read by weights that learned to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from model.checkpoint import Checkpoints
from model.config import TrainConfig
from model.examples import Examples
from model.fit import fit
from model.learner import Network
from model.place import Place

FOLDER = "pretrained"  # of its checkpoints, below those of the training


def pretrain(
    network: Network, data: Examples, config: TrainConfig, checkpoints: Path | None, place: Place
) -> None:
    """Learn of labels alone, for as long as the config says."""
    epochs = config.pretrain_epochs
    short = replace(config, epochs=epochs, patience=epochs)
    later_is_better = map(float, count())  # nothing is judged: the last epoch is kept
    with _masked(network):
        fit(network, data, short, lambda: next(later_is_better),
            Checkpoints(checkpoints / FOLDER if checkpoints else None), place)


@contextmanager
def _masked(network: Network) -> Iterator[None]:
    """No id is read while the network learns."""
    tower = network.tower
    usual, tower.id_dropout = tower.id_dropout, 1.0
    try:
        yield
    finally:
        tower.id_dropout = usual
