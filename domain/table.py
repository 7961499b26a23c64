"""The item vectors of an artifact as they are stored: a byte for each number."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.row import Floats, Rows

ZERO_POINT = 128  # a byte is value / scale + 128


class Table(NamedTuple):
    """values: (rows, D) uint8.   scales: (rows,) float32."""

    values: NDArray[np.uint8]
    scales: Floats

    def vectors(self, rows: Rows | slice) -> Floats:
        """(len(rows), D) float32."""
        return (self.values[rows].astype(np.float32) - ZERO_POINT) * self.scales[rows, None]
