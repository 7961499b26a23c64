"""Item vectors a byte for each number."""

import numpy as np
import pytest

from domain.table import ZERO_POINT, Table

TABLE = Table(np.array([[128, 255], [1, 128], [130, 126]], np.uint8),
              np.array([1.0, 0.5, 2.0], np.float32))


@pytest.mark.parametrize("rows", [np.array([2, 0]), slice(1, 3)])
def test_vectors_are_bytes_around_the_zero_point_times_their_scale(
    rows: np.ndarray | slice
) -> None:
    every = (TABLE.values.astype(np.float32) - ZERO_POINT) * TABLE.scales[:, None]

    found = TABLE.vectors(rows)

    assert found.dtype == np.float32
    assert found.tolist() == every[rows].tolist()
