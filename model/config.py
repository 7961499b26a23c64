"""Hyperparameters of one training run: defaults once, passed whole, stored in the model card."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from domain.drift import MAX_DRIFT, MIN_ITEMS_KEPT

WIDTHS = (16, 32, 64, 128, 256)  # block sizes that the scorer's int8 product knows
COUNTS = ("blocks", "heads", "epochs", "patience", "batch_size", "negatives", "graph_reach",
          "graph_neighbours")
MODELS = ("ligr", "sasrec", "hstu", "gru", "cnn", "cnn-time", "mlp", "fm", "als", "ease", "item-cf",
          "popularity")
CHOICES = {
    "model": MODELS, "blend": ("tuned", "alone"), "ranker": ("none", "dcn", "deepfm", "ncf"),
    "loss": ("sampled-softmax", "softmax", "bce", "bpr", "mse"),
    "precision": ("fp32", "bf16", "fp16"),
}
IN_BLOCKS = ("ligr", "sasrec", "hstu")  # families whose activations are kept block by block
SHARES = ("dropout", "id_dropout", "validation_share", "test_share")
# The exporter takes a window of 1 for a constant; seeds are those that torch and numpy both take.
BOUNDS = {
    **dict.fromkeys(COUNTS, (1, 10**6)), **dict.fromkeys(SHARES, (0, 1 - 1e-6)),
    "window": (2, 10**4), "learning_rate": (1e-9, 1e3), "temperature": (1e-6, 1e3),
    "pretrain_epochs": (0, 10**6), "adapter_rank": (0, 256), "weight_decay": (0, 1e3),
    "max_minutes": (0, 1e6), "exact_items": (0, 10**8), "seed": (0, 2**48),
    "max_drift": (0, 1), "min_items_kept": (0, 1),
}


class ConfigError(ValueError):
    """A hyperparameter is unknown, of the wrong kind, or out of bounds."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a model is trained. Shares are of the log's events in time order.

    model, loss: the family, see `model/families.py`, and what it learns by, see `model/loss.py`.
    blend:       `tuned` on validation, or the family `alone`.
    ranker:      of the second stage, see `model/rankers.py`; it is kept where validation says that
                 it is better, and never beside a family that stands `alone`.
    width, blocks, heads: of the encoder.   window: events it reads.
    id_dropout:  share of items whose id vector is hidden in training, so that content alone serves.
    negatives:   sampled per batch and shared; a smaller catalogue is scored whole.
    temperature: of the softmax over cosines. source: Zhai et al. 2024 (HSTU), table of settings.
    patience:    epochs without a better validation score before training stops.
    exact_items: the largest catalogue that is scored whole; a larger one is searched in clusters.
    max_drift, min_items_kept: how far what is learned from may have moved since the model that
                 serves was trained, and it be replaced: see `domain.drift`.
    pretrain_epochs: before the others, in which only labels are read, of items as of answers: see
                 `model.pretrain`.
    adapter_rank: of what is learned in addition to the weights of an earlier run, see
                 `model.adapt`; 0 = all weights learn.
    max_minutes: wall time after which no further epoch begins; 0 = no limit.
    precision:   of products on a GPU; a machine that cannot trains in fp32, and its card says so.
    compile:     a GPU's kernels are made for this network: minutes at first, faster after.
    checkpointing: what blocks compute within is not kept, but computed again: time for memory.
    """

    model: str = "ligr"
    loss: str = "sampled-softmax"
    blend: str = "tuned"
    ranker: str = "none"
    width: int = 64
    blocks: int = 2
    heads: int = 2
    window: int = 50
    dropout: float = 0.2
    id_dropout: float = 0.1
    epochs: int = 12
    patience: int = 4
    batch_size: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 1e-4
    negatives: int = 1024
    temperature: float = 0.05
    graph_reach: int = 10
    graph_neighbours: int = 100
    exact_items: int = 1_000_000
    max_drift: float = MAX_DRIFT
    min_items_kept: float = MIN_ITEMS_KEPT
    validation_share: float = 0.1
    test_share: float = 0.1
    pretrain_epochs: int = 0
    adapter_rank: int = 0
    max_minutes: float = 0.0
    precision: str = "fp32"
    compile: bool = False
    checkpointing: bool = False
    seed: int = 7

    def __post_init__(self) -> None:
        """raises: ConfigError, when a model of this kind could not be trained and served."""
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ConfigError(f"{name}: {getattr(self, name)!r} is none of {', '.join(known)}")
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(f"{name}: must lie between {least} and {most}")
        self._check_shape()
        if self.validation_share + self.test_share >= 1:
            raise ConfigError("validation_share: leaves nothing to learn from beside test_share")

    def _check_shape(self) -> None:
        if self.width not in WIDTHS:
            raise ConfigError(f"width: {self.width} is none of {', '.join(map(str, WIDTHS))}")
        if self.width % self.heads:
            raise ConfigError(f"heads: {self.heads} do not divide a width of {self.width}")
        if self.checkpointing and self.model not in IN_BLOCKS:
            raise ConfigError(f"checkpointing: {self.model} has no such blocks, as "
                              f"{', '.join(IN_BLOCKS)} have")

    def to_hyperparameters(self) -> dict[str, str]:
        """As SageMaker passes them: strings, each JSON."""
        return {name: json.dumps(value) for name, value in asdict(self).items()}

    @classmethod
    def from_hyperparameters(cls, given: Mapping[str, str]) -> Self:
        """Defaults with what was given laid over them.

        raises: ConfigError, for an unknown name or a value of another kind.
        """
        values: dict[str, Any] = {}
        kinds = {f.name: type(f.default) for f in fields(cls)}
        for name, text in given.items():
            if name not in kinds:
                raise ConfigError(f"{name} is no hyperparameter; known are {', '.join(kinds)}")
            values[name] = _read(name, text, kinds[name])
        return cls(**values)


def _read(name: str, text: str, kind: type) -> str | bool | int | float:
    if kind is str:
        return _word(text)
    return _answer(name, text) if kind is bool else _number(name, text, kind)


def _word(text: str) -> str:
    """A word, as JSON or as it is typed."""
    return text.removeprefix('"').removesuffix('"')


def _answer(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise ConfigError(f"{name}: {text!r} is neither true nor false")
    return text == "true"


def _number(name: str, text: str, kind: type) -> int | float:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: {text!r} is no number") from error
    right = isinstance(value, int | float) and not isinstance(value, bool)
    if not right or not math.isfinite(value) or kind(value) != value:
        raise ConfigError(f"{name}: {text!r} is not {kind.__name__}")
    return int(value) if kind is int else float(value)
