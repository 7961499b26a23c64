"""Histories -> training windows, and at every place the item that came next."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from domain.row import Floats, RowIndex
from domain.vocabulary import Vocabulary
from domain.window import Window, encode, pad
from model.dataset import DatasetError, History
from model.ties import shuffled


class Examples(NamedTuple):
    """(M, T) int64 each: the windows of all users, and the row that came next at every place.

    strengths: (M, T) float32 how much what was done next says of taste.
    """

    rows: Tensor
    ages_s: Tensor
    types: Tensor
    targets: Tensor
    strengths: Tensor

    @property
    def lengths(self) -> Tensor:
        """(M,) how many events each window holds."""
        return (self.rows > 0).sum(1)

    def asked(self, chosen: Tensor) -> int:
        """At how many places of some windows something liked came next."""
        return int((self.targets[chosen] > 0).sum())

    def cut(self, chosen: Tensor) -> tuple[Tensor, ...]:
        """The five of some windows, no longer than the longest needs."""
        longest = int((self.rows[chosen] > 0).sum(1).max())
        return tuple(part[chosen, -longest:] for part in self)


def examples(
    histories: list[History], index: RowIndex, vocabulary: Vocabulary, length: int, seed: int = 0
) -> Examples:
    """Cut histories into windows of `length`, each seen from the moment of its last target.

    raises: DatasetError, when nobody did two things of which the second was liked.
    """
    likes = sorted(vocabulary.liking)
    cut, chance = [], np.random.default_rng(seed)
    for history in (shuffled(whole, chance) for whole in histories):
        for end in range(len(history), 1, -length):
            piece = history[max(0, end - length - 1):end]
            window = encode(piece, index, vocabulary, piece[-1].at_ms, length + 1)
            answers = np.where(np.isin(window.types[1:], likes), window.rows[1:], 0)
            if answers.any():
                seen = pad(Window(*(part[:-1] for part in window)), length)
                said = _strengths(piece, index, vocabulary)[1:]
                cut.append((*seen, *(np.pad(part, (length - len(answers), 0))
                                     for part in (answers, said))))
    if not cut:
        raise DatasetError("no user liked anything after another event: there is nothing to learn")
    return Examples(*(torch.from_numpy(np.stack(column)) for column in zip(*cut, strict=True)))


def _strengths(history: History, index: RowIndex, vocabulary: Vocabulary) -> Floats:
    """(T,) float32 of what a window of this history holds."""
    return np.array([vocabulary.strength(e.type, e.value) for e in history
                     if e.type in vocabulary.speaking and index.row(e.item)], np.float32)


