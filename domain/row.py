"""Item keys <-> rows of one model: row 0 is padding, real items are rows 1 to N."""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

PADDING = 0


class RowIndex:
    """The rows of one catalogue: key of row 1, key of row 2, ..."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def __len__(self) -> int:
        """N, the number of real items; a table of this catalogue has N + 1 rows."""
        return len(self.keys)

    def rows(self, keys: Keys) -> Rows:
        """The row of each key, 0 for one this catalogue does not know."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self._sorted, keys), len(self.keys) - 1)
        return np.where(self._sorted[place] == keys, self._order[place] + 1, PADDING)

    def row(self, key: int) -> int:
        """The row of one key, 0 for one this catalogue does not know."""
        place = int(self._sorted.searchsorted(np.uint64(key)))
        if place == len(self.keys) or self._sorted[place] != key:
            return PADDING
        return int(self._order[place]) + 1

    def key(self, row: int) -> int:
        """The key of a real row.

        raises: IndexError, for padding and rows beyond the catalogue.
        """
        if row <= PADDING:
            raise IndexError(f"row {row} has no key")
        return int(self.keys[row - 1])
