"""Events of pages as rows of one array, for whatever counts many at once; and pairs of them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from domain.page import PageRecord

Touches = NDArray[np.void]
Pairs = NDArray[np.void]

NO_TAG = -1
# kept: the part of the event that counts, 0 to 1.
TOUCH = np.dtype([("user", np.int64), ("item", np.uint64), ("at_ms", np.int64), ("type", np.uint8),
                  ("strength", np.float64), ("tag", np.int64), ("kept", np.float64)])
# Two items that one user did one after the other, and when the second.
PAIR = np.dtype([("user", np.int64), ("first", np.uint64), ("second", np.uint64),
                 ("at_ms", np.int64), ("kept", np.float64)])


def gather(records: Iterable[PageRecord], now_ms: int) -> Touches:
    """(n,) `TOUCH`, in the order of the records; none is later than now."""
    return np.array([
        (record.user, touch.item, min(touch.at_ms, now_ms), touch.type, touch.strength,
         NO_TAG if touch.tag is None else touch.tag, 1.0)
        for record in records for touch in record.touches], TOUCH)


def mixed(*parts: NDArray[np.generic]) -> NDArray[np.uint64]:
    """One 64-bit key for what many numbers name together; their order matters.

    Two of a million keys are the same with probability 3e-8.
    """
    key = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio
        key ^= key >> np.uint64(29)
    return key
