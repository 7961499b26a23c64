"""History -> the arrays a model reads. One function, called by the trainer and by the Lambda."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.features import Interaction
from domain.row import PADDING, RowIndex
from domain.vocabulary import Vocabulary

Ints = NDArray[np.int64]


class Window(NamedTuple):
    """What a user did, oldest first, ending at the moment the list is asked for.

    rows:   (T,) int64 rows of the model's catalogue.
    ages_s: (T,) int64 seconds before the request, never below 0.
    types:  (T,) int64 event type codes.
    """

    rows: Ints
    ages_s: Ints
    types: Ints


def encode(
    history: Sequence[Interaction], index: RowIndex, vocabulary: Vocabulary, now_ms: int,
    length: int,
) -> Window:
    """The newest `length` interactions the model can read.

    Left out are items the model does not know and types of weight 0, such as impressions. There
    is no padding here: `pad` adds it where a batch needs equal lengths.
    """
    keys = np.fromiter((entry.item for entry in history), np.uint64, len(history))
    at_ms = np.fromiter((entry.at_ms for entry in history), np.int64, len(history))
    types = np.fromiter((entry.type for entry in history), np.int64, len(history))
    rows = index.rows(keys)
    speaks = np.fromiter((entry.type in vocabulary.speaking for entry in history),
                         bool, len(history))
    (kept,) = np.nonzero((rows != PADDING) & speaks)
    kept = kept[max(0, len(kept) - length):]
    ages_s = np.maximum(now_ms - at_ms[kept], 0) // 1000
    return Window(rows[kept], ages_s, types[kept])


def pad(window: Window, length: int) -> Window:
    """The window with zeros before it, `length` long."""
    missing = length - len(window.rows)
    return Window(*(np.pad(part, (missing, 0), constant_values=PADDING) for part in window))
