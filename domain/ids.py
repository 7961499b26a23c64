"""The ids of a catalogue, in row order, as one stretch of bytes."""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Ids:
    """Item ids, read where they are asked for: ten million `str` would take a gigabyte, and wait.

    raw: UTF-8, one after the other.   ends: (N,) int64, where each ends.
    """

    def __init__(self, raw: bytes, ends: NDArray[np.int64]) -> None:
        self.raw, self.ends = raw, ends

    @classmethod
    def of(cls, ids: Iterable[str]) -> Self:
        """These ids."""
        encoded = [item_id.encode() for item_id in ids]
        return cls(b"".join(encoded), np.cumsum([len(raw) for raw in encoded], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, place: int) -> str:
        """The id at a place, counted from 0. raises: IndexError, behind the last."""
        end = int(self.ends[place])
        first = int(self.ends[place - 1]) if place else 0
        return self.raw[first:end].decode()
