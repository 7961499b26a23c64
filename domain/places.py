"""Where keys stand in sorted keys, and room among those for new ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Sorted = NDArray[Any]


def find(known: Sorted, keys: Sorted) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) the place of each key in `known`, and whether it is there; elsewhere the place is 0."""
    places = np.searchsorted(known, keys)
    places[places == len(known)] = 0
    is_there = known[places] == keys if len(known) else np.zeros(len(keys), bool)
    return np.where(is_there, places, 0), is_there


def spans(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of several spans of a long array, one span after the other."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)


def lacking(known: Sorted, keys: Sorted) -> tuple[Sorted, NDArray[np.int64]]:
    """The keys that `known` lacks, each once and sorted, and where `numpy.insert` puts them.

    cost: a search for each key, and not a pass over all that is known.
    """
    _, is_there = find(known, keys)
    new = np.unique(keys[~is_there])
    return new, np.searchsorted(known, new)


def spliced(is_late: NDArray[np.bool_], early: Sorted, late: Sorted) -> Sorted:
    """Two parts as one: those of `late` where the mask is true, those of `early` elsewhere."""
    found = np.empty((len(is_late), *early.shape[1:]), early.dtype)
    found[~is_late], found[is_late] = early, late
    return found
