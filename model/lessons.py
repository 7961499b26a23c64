"""Moments and their shortlists -> what the second stage learns: numbers, and what came of them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from domain.row import Floats, RowIndex
from domain.vocabulary import VALUE, Vocabulary
from model.dataset import liked
from model.moments import Moment
from model.shortlists import Shortlist

MIN_EVENTS = 30  # of a type among the shortlists, for a head of its own


class Lessons(NamedTuple):
    """M moments of up to C candidates.

    users: (M, 1, D).   rows: (M, C) int64, 0 = no candidate.   features: (M, C, F).
    fresh: (M, C) bool, what its user had not done anything with.
    next:  (M, C) float32, 1 = it was done next, and is fresh.
    outcomes: (M, C, H) float32 what came within the horizon, in the order of `heads`; NaN of a
              value that nobody gave.
    """

    users: Tensor
    rows: Tensor
    features: Tensor
    fresh: Tensor
    next: Tensor
    outcomes: Tensor


def heads(moments: Sequence[Moment], shortlists: Sequence[Shortlist], index: RowIndex,
          vocabulary: Vocabulary) -> tuple[str, ...]:
    """Names of outcomes that are there to learn from: types, and values of those that have one."""
    found: Counter[int] = Counter()
    for moment, shortlist in zip(moments, shortlists, strict=True):
        candidates = set(shortlist.rows.tolist())
        found.update(entry.type for entry in moment.outcomes if index.row(entry.item) in candidates)
    kinds = [kind for kind in vocabulary.types if found[kind.code] >= MIN_EVENTS]
    return tuple(name for kind in kinds for name in kind.outcomes)


def lessons(
    moments: Sequence[Moment], shortlists: Sequence[Shortlist], index: RowIndex,
    vocabulary: Vocabulary, names: Sequence[str],
) -> Lessons:
    """Side by side, as wide as the longest."""
    longest = max(len(shortlist.rows) for shortlist in shortlists)
    columns = zip(*(_one(moment, shortlist, index, vocabulary, names, longest)
                    for moment, shortlist in zip(moments, shortlists, strict=True)), strict=True)
    return Lessons(*(torch.from_numpy(np.stack(column)) for column in columns))


def _one(
    moment: Moment, shortlist: Shortlist, index: RowIndex, vocabulary: Vocabulary,
    names: Sequence[str], longest: int,
) -> tuple[Floats, ...]:
    missing = longest - len(shortlist.rows)
    places = {row: place for place, row in enumerate(shortlist.rows.tolist())}
    seen = {entry.item for entry in moment.case.history}
    fresh = ~np.isin(index.keys[shortlist.rows - 1], np.array([*seen], np.uint64))
    came = np.zeros(len(shortlist.rows), np.float32)
    outcomes = np.array([[np.nan if name.endswith(VALUE) else 0.0 for name in names]]
                        * len(shortlist.rows), np.float32)
    for entry in moment.outcomes:
        place = places.get(index.row(entry.item))
        if place is None:
            continue
        if entry.at_ms == moment.case.target.at_ms and fresh[place] and liked(entry, vocabulary):
            came[place] = 1.0
        kind = vocabulary.by_code[entry.type]
        if kind.name in names:
            outcomes[place, names.index(kind.name)] = 1.0
        if kind.name + VALUE in names:
            said = kind.strength(entry.value) / kind.weight
            outcomes[place, names.index(kind.name + VALUE)] = (said + 1) / 2
    wide = (0, missing)
    return (shortlist.user[None], np.pad(shortlist.rows, wide).astype(np.int64),
            np.pad(shortlist.features, (wide, (0, 0))), np.pad(fresh, wide), np.pad(came, wide),
            np.pad(outcomes, (wide, (0, 0))))
