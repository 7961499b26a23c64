"""The catalogue of one artifact: which item each row is, what it is called, how loved it was."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain import arrays
from domain.decay import HALF_LIVES_MS
from domain.ids import Ids
from domain.row import Floats, RowIndex

POPULARITY_HALF_LIFE = "7d"


@dataclass(frozen=True, slots=True)
class Items:
    """All of them, in row order.

    counts: (rows,) decayed strength per row as of counts_ms, at `POPULARITY_HALF_LIFE`.
    """

    index: RowIndex
    counts: Floats
    counts_ms: int
    ids: Ids

    def fading(self, now_ms: int) -> np.float32:
        """What is left of the counts at a later moment, as a share."""
        elapsed_ms = max(0, now_ms - self.counts_ms)
        return np.float32(2.0 ** (-elapsed_ms / HALF_LIVES_MS[POPULARITY_HALF_LIFE]))

    def to_bytes(self) -> bytes:
        """As the artifact stores it."""
        return arrays.save({"counts_ms": self.counts_ms}, {
            "keys": self.index.keys, "counts": self.counts,
            "ends": self.ids.ends, "ids": self.ids.raw,
        })

    @classmethod
    def at(cls, path: Path) -> "Items":
        """Those of a verified file, mapped; what nobody asks for does not come into memory.

        raises: ArraysError, when `to_bytes` did not write it.
        """
        header, parts = arrays.mapped(path)
        ids = Ids(parts["ids"], parts["ends"])
        return cls(RowIndex(parts["keys"]), parts["counts"], header["counts_ms"], ids)
