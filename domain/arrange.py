"""A pool of candidates -> places: position by position, the best that the rules let stand there.

Diversity is maximal marginal relevance: what is like something placed before is worth less.
source: Carbonell and Goldstein, "The use of MMR", SIGIR 1998.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.row import Floats


class Limit(NamedTuple):
    """A quota over a pool. members: (P,) of whom it speaks; among the `first` places."""

    members: NDArray[np.bool_]
    at_least: int
    at_most: int
    first: int


class Likeness(NamedTuple):
    """How like two candidates are, 0 to 1. vectors: (P, D) of length 1, or 0 where none is known.

    labels: of those without a vector, which are as like as the share of labels they have in common.
    """

    vectors: Floats
    labels: Sequence[frozenset[str]]

    def to(self, place: int) -> Floats:
        """(P,) how like every candidate is to one."""
        mine = self.vectors[place]
        if mine.any():
            near = np.maximum(self.vectors @ mine, 0.0)
            blind = ~self.vectors.any(axis=1)
        else:
            near, blind = np.zeros(len(self.labels), np.float32), np.ones(len(self.labels), bool)
        for other in np.flatnonzero(blind):
            near[other] = _overlap(self.labels[place], self.labels[int(other)])
        return np.asarray(near, np.float32)


def arrange(
    worth: Floats, k: int, limits: Sequence[Limit] = (), pins: Mapping[int, int] | None = None,
    diversity: float = 0.0, likeness: Likeness | None = None,
) -> list[int]:
    """Places in the pool, in the order in which they are shown.

    pins: position (from 0) -> place in the pool; one that a limit forbids is left out.
    cost: a pass over the pool for each position.
    """
    desk = _Desk(worth, min(k, len(worth)), limits, dict(pins or {}), diversity, likeness)
    for position in range(desk.k):
        place = desk.best(position)
        if place is None:
            break
        desk.take(place)
    return desk.taken


class _Desk:
    """The list so far, and who may still come."""

    def __init__(
        self, worth: Floats, k: int, limits: Sequence[Limit], pins: dict[int, int],
        diversity: float, likeness: Likeness | None,
    ) -> None:
        self.k, self.taken = k, list[int]()
        self._limits, self._pins = limits, pins
        self._diversity, self._likeness = np.float32(diversity), likeness
        spread = float(worth.max(initial=0.0) - worth.min(initial=0.0)) or 1.0
        self._worth = worth * np.float32((1.0 - diversity) / (spread if diversity else 1.0))
        self._near = np.zeros(len(worth), np.float32)
        self._free = np.ones(len(worth), np.bool_)
        self._reserved = np.zeros(len(worth), np.bool_)
        self._reserved[list(pins.values())] = True

    def best(self, position: int) -> int | None:
        """Who stands at this position, None when nobody may."""
        allowed = self._free & self._within(position)
        pinned = self._pins.pop(position, None)
        if pinned is not None:
            self._reserved[pinned] = False
            if allowed[pinned]:
                return pinned
            self._free[pinned] = allowed[pinned] = False
        urgent = self._urgent(position, allowed)
        for crowd in (urgent & ~self._reserved, allowed & ~self._reserved, allowed):
            if crowd.any():
                value = self._worth - self._diversity * self._near
                return int(np.argmax(np.where(crowd, value, -np.inf)))
        return None

    def take(self, place: int) -> None:
        """Show one."""
        self.taken.append(place)
        self._free[place] = False
        if self._diversity and self._likeness:
            self._near = np.maximum(self._near, self._likeness.to(place))

    def _within(self, position: int) -> NDArray[np.bool_]:
        """(P,) whom no upper limit keeps out of this position."""
        allowed = np.ones(len(self._free), np.bool_)
        for limit in self._limits:
            if position < limit.first and self._shown(limit) >= limit.at_most:
                allowed &= ~limit.members
        return allowed

    def _urgent(self, position: int, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(P,) who must come now, since lower limits need every place that is left to them."""
        crowd = allowed
        for end in sorted({min(limit.first, self.k) for limit in self._limits}):
            coming = [place for p, place in self._pins.items() if position <= p < end]
            needs = [(limit, limit.at_least - self._shown(limit)
                      - int(limit.members[coming].sum()))
                     for limit in self._limits if min(limit.first, self.k) <= end]
            short = [limit.members for limit, need in needs if need > 0]
            left = end - position - len(coming)
            if short and 0 < left <= sum(max(0, need) for _, need in needs):
                needed = crowd & np.logical_or.reduce(short)
                crowd = needed if needed.any() else crowd
        return crowd

    def _shown(self, limit: Limit) -> int:
        return int(limit.members[self.taken[:limit.first]].sum())


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0
