"""The catalogue's labels -> what the item tower reads of each row."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from domain.content import numbered
from domain.places import find
from domain.row import Keys, RowIndex
from domain.snapshot import CatalogSnapshot

MAX_VOCABULARY = 20_000  # most frequent labels kept


class Labels(NamedTuple):
    """known: (L,) ascending hashes.   numbers: (N + 1, ...) int64 of each row, 0 = none."""

    known: Keys
    numbers: Tensor


def labels(catalog: CatalogSnapshot, index: RowIndex) -> Labels:
    """What the catalogue says of every row, as `domain.content` reads it."""
    places, is_there = find(catalog.keys, index.keys)
    known = frequent(catalog.facets.labels)
    found = numbered(catalog.facets, places[is_there], known)
    numbers = np.zeros((len(index) + 1, found.shape[1]), np.int64)
    numbers[1 + np.flatnonzero(is_there)] = found
    return Labels(known, torch.from_numpy(numbers))


def frequent(entries: Keys, most: int = MAX_VOCABULARY) -> Keys:
    """(at most `most`,) ascending: those that stand there most often."""
    found, counts = np.unique(entries, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return np.sort(found[order])
