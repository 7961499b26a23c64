"""Histories -> training windows, and at every place the item that came next.

Events lie in columns, 16 bytes each; a window is cut out of them when its batch is learned.
"""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.row import PADDING, Floats, RowIndex, Rows
from domain.vocabulary import Vocabulary
from model.dataset import DatasetError
from model.histories import VALUE_BITS, Histories, strengths_of
from model.ties import shuffled

Walks = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint32]]


class Examples(NamedTuple):
    """The windows of all users. A piece of a history is a window and the event after it.

    rows, at_ms, kinds: (E,) of each event, users one after the other.
    known, strengths, liked: (K,) of each kind there is: its number, how much it says, and whether
                        others should be led to what was done.
    starts, ends: (M,) int64 of each piece.   answers: (M,) int32 places where the next was liked.
    """

    rows: NDArray[np.int32]
    at_ms: NDArray[np.int64]
    kinds: NDArray[np.uint32]
    known: NDArray[np.uint32]
    strengths: Floats
    liked: NDArray[np.bool_]
    starts: Rows
    ends: Rows
    answers: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> Tensor:
        """(M,) how many events each window holds."""
        return torch.from_numpy(self.ends - self.starts - 1)

    def asked(self, chosen: Tensor) -> int:
        """At how many places of some windows something liked came next."""
        return int(self.answers[chosen.numpy()].sum())

    def cut(self, chosen: Tensor) -> tuple[Tensor, ...]:
        """Of some windows, no longer than the longest needs, seen at the moment of the last target.

        returns: (B, T) int64 rows, seconds since, types, and rows of what came next; (B, T) float32
        how much what was done next says of taste.
        """
        ends, starts = self.ends[chosen.numpy()], self.starts[chosen.numpy()]
        longest = int((ends - starts).max()) - 1
        places = ends[:, None] - 1 - longest + np.arange(longest + 1)  # (B, T + 1)
        there = places[:, :-1] >= starts[:, None]
        places = np.maximum(places, 0)
        rows, kinds = self.rows[places], self.kinds[places]
        said = np.searchsorted(self.known, kinds[:, 1:])
        ages_s = np.maximum(self.at_ms[ends - 1][:, None] - self.at_ms[places[:, :-1]], 0) // 1000
        columns = (rows[:, :-1], ages_s, kinds[:, :-1] >> VALUE_BITS,
                   rows[:, 1:] * self.liked[said])
        seen = (torch.from_numpy((part * there).astype(np.int64)) for part in columns)
        return *seen, torch.from_numpy(self.strengths[said] * there)

    def save(self, folder: Path) -> None:
        """Into files, for processes that share them."""
        for name, part in self._asdict().items():
            np.save(folder / f"{name}.npy", part)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From files of `save`, read where they are needed."""
        parts: Any = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in cls._fields)
        return cls(*parts)


def examples(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary, length: int, seed: int = 0
) -> Examples:
    """Cut histories into windows of `length`, each seen from the moment of its last target.

    raises: DatasetError, when nobody did two things of which the second was liked.
    """
    walks, sizes = _walks(histories, index, vocabulary, np.random.default_rng(seed))
    rows, at_ms, kinds = walks
    known, liking = np.unique(kinds), sorted(vocabulary.liking)
    totals = np.zeros(len(kinds) + 1, np.int32)
    np.cumsum(np.isin(kinds >> VALUE_BITS, liking), out=totals[1:])
    starts, ends = _pieces(sizes, length)
    answers = totals[ends] - totals[starts + 1]
    (kept,) = np.nonzero(answers)
    if not len(kept):
        raise DatasetError("no user liked anything after another event: there is nothing to learn")
    strengths = strengths_of(known, vocabulary).astype(np.float32)
    return Examples(rows, at_ms, kinds, known, strengths, np.isin(known >> VALUE_BITS, liking),
                    starts[kept], ends[kept], answers[kept])


def _walks(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary, chance: np.random.Generator
) -> tuple[Walks, Rows]:
    """Rows, times and kinds of all events that can be learned, and how many each user has."""
    walks = (np.empty(histories.events, np.int32), np.empty(histories.events, np.int64),
             np.empty(histories.events, np.uint32))
    speaking, sizes, end = sorted(vocabulary.speaking), [np.zeros(0, np.int64)], 0
    for block in histories.blocks():
        order = shuffled(block, chance)
        rows = index.rows(block.columns.item[order])
        kept = (rows != PADDING) & np.isin(block.columns.type[order], speaking)
        order, here = order[kept], slice(end, end := end + int(kept.sum()))
        walks[0][here], walks[1][here] = rows[kept], block.columns.at_ms[order]
        walks[2][here] = block.columns.kinds()[order]
        sizes.append(np.unique(block.owner[order], return_counts=True)[1])
    return (walks[0][:end], walks[1][:end], walks[2][:end]), np.concatenate(sizes)


def _pieces(sizes: Rows, length: int) -> tuple[Rows, Rows]:
    """Where pieces of up to `length` + 1 events start and end, from the end of each history on."""
    counts = np.maximum(sizes + length - 2, 0) // length  # a history of one has none
    begins, last = np.cumsum(sizes) - sizes, np.cumsum(sizes)
    number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    ends = np.repeat(last, counts) - number * length
    return np.maximum(np.repeat(begins, counts), ends - length - 1), ends
