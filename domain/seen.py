"""Events that were counted, by user and event id: a second copy of one is known and left out.

Kept in generations, each begun when the last was an hour old or full, so that remembering and
forgetting touch one of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.places import find, lacking
from domain.row import Keys
from domain.touches import NO_TAG, Touches

REMEMBERED_MIN = 24 * 60  # a copy that comes later counts, with what its age leaves of it
MAX_SEEN = 2_000_000  # 8 bytes each: a day of 23 events/s, half an hour of 1,100
_GENERATION = 250_000
_GENERATION_MIN = 60


class Seen(NamedTuple):
    """tags: (N,) `_tags` of events, sorted within each generation.

    begun: (G,) the minute of each generation's first, oldest first.   ends: (G,) where it ends.
    """

    tags: Keys
    begun: NDArray[np.int64]
    ends: NDArray[np.int64]

    def first_ones(self, touches: Touches) -> NDArray[np.bool_]:
        """(n,) False for a copy of an event that is remembered, or of one further ahead.

        What has no tag is a copy of nothing.
        """
        is_first, named = np.ones(len(touches), bool), np.flatnonzero(touches["tag"] != NO_TAG)
        tags = _tags(touches[named])
        is_copy = np.ones(len(tags), bool)
        is_copy[np.unique(tags, return_index=True)[1]] = False
        for _, known in self._generations():
            is_copy |= find(known, tags)[1]
        is_first[named] = ~is_copy
        return is_first

    def plus(self, touches: Touches, minute: int) -> "Seen":
        """With these as well; what is too old, or too much, is forgotten."""
        tags = _tags(touches[touches["tag"] != NO_TAG])
        parts = self._generations()
        if len(tags) and (not parts or minute >= parts[-1][0] + _GENERATION_MIN
                          or len(parts[-1][1]) >= _GENERATION):
            parts.append((minute, np.zeros(0, np.uint64)))
        if len(tags):
            begun, newest = parts[-1]
            new, slots = lacking(newest, tags)
            parts[-1] = begun, np.insert(newest, slots, new)
        oldest = minute - REMEMBERED_MIN - _GENERATION_MIN
        sizes = np.cumsum([len(part) for _, part in parts][::-1])[::-1]
        return _joined([(begun, part) for (begun, part), size in zip(parts, sizes, strict=True)
                        if begun > oldest and size <= MAX_SEEN])

    def _generations(self) -> list[tuple[int, Keys]]:
        parts = np.split(self.tags, self.ends)[:-1]
        return list(zip(self.begun.tolist(), parts, strict=True))


def none_seen() -> Seen:
    """Before the first event."""
    return _joined([])


def _joined(parts: list[tuple[int, Keys]]) -> Seen:
    return Seen(np.concatenate([np.zeros(0, np.uint64), *(part for _, part in parts)]),
                np.array([begun for begun, _ in parts], np.int64),
                np.cumsum([len(part) for _, part in parts], dtype=np.int64))


def _tags(touches: Touches) -> Keys:
    return touches["user"].astype(np.uint64) << np.uint64(32) | touches["tag"].astype(np.uint64)
