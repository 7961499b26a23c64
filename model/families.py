"""The families of models, by name: `--model NAME`.

All end as the same artifact and are served by the same code. An encoder makes the user's vector;
who counts neighbours makes the graph; of both the blend takes what there is.
"""

from collections.abc import Sequence

import torch
from torch import nn

from domain.row import Rows
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.encoders.cnn import Cnn, CnnTime
from model.encoders.fm import FactorizationMachine
from model.encoders.fold_in import FoldIn
from model.encoders.gru import Gru
from model.encoders.hstu import Hstu
from model.encoders.ligr import Ligr
from model.encoders.mlp import TwoTower
from model.encoders.sasrec import SasRec
from model.encoders.still import Still
from model.factors import factorize
from model.neighbours import NEIGHBOURS
from model.network import ItemTower
from model.tune import ENCODER, Weights

ENCODERS: dict[str, type[nn.Module]] = {
    "ligr": Ligr, "sasrec": SasRec, "hstu": Hstu, "gru": Gru, "cnn": Cnn, "cnn-time": CnnTime,
    "mlp": TwoTower, "fm": FactorizationMachine, "als": FoldIn, "ease": Still, "item-cf": Still,
    "popularity": Still,
}
DOT_PRODUCTS = ("fm", "als")  # the length of an item's vector says something
COUNTED = ("als", "ease", "item-cf", "popularity")  # solved or counted: no epochs


def encoder(config: TrainConfig) -> nn.Module:
    """An untrained encoder of the family."""
    return ENCODERS[config.model](config)


def count(
    tower: ItemTower, user: nn.Module, liked: Sequence[Rows], vocabulary: Vocabulary,
    config: TrainConfig,
) -> None:
    """Put in place what a family that needs no epochs knows of items.

    liked: the rows of what each user liked. Of an item its labels say nothing to these families.
    """
    with torch.no_grad():
        tower.labels.weight.zero_()
        tower.identity.weight.zero_()
        if isinstance(user, FoldIn):
            n_rows, width = tower.identity.weight.shape
            factors = torch.from_numpy(factorize(liked, n_rows, width, config.seed))
            tower.identity.weight.copy_(factors)
            user.over(factors, vocabulary.liking)


def alone(model: str) -> Weights:
    """The weights of a blend that is nothing but the family itself; all are of the tuner's grid."""
    if ENCODERS[model] is not Still:
        return ENCODER[-1], 0.0, 0.0
    return (0.0, 1.0, 0.0) if model in NEIGHBOURS else (0.0, 0.0, 1.0)
