"""The co-visitation graph: what is done after what, and how a history votes with it."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.places import spans
from domain.row import Floats, Rows

MAX_VOTERS = 30  # newest history items that vote; older ones weigh under 5% at a decay of 0.9


class Votes(NamedTuple):
    """One ballot per (history item, neighbour): `place` in the history, voted row, weight."""

    places: Rows
    rows: Rows
    weights: Floats

    @classmethod
    def join(cls, parts: Sequence["Votes"]) -> Self:
        """All ballots of several votes."""
        if not parts:
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def shares(self) -> tuple[Rows, Floats]:
        """The rows voted for, ascending, with their votes as shares of the largest, 0 to 1."""
        rows, place = np.unique(self.rows, return_inverse=True)
        sums = np.bincount(place, self.weights, len(rows)).astype(np.float32)
        largest = sums.max(initial=0.0)
        return rows, sums / largest if largest > 0 else sums

    def by(self, place: int) -> Self:
        """The ballots of one place of the history."""
        mine = self.places == place
        return type(self)(*(part[mine] for part in self))

    def places_for(self, row: int) -> list[int]:
        """The places in the history that voted for a row, strongest first."""
        mine = np.nonzero(self.rows == row)[0]
        return [int(p) for p in self.places[mine[np.argsort(-self.weights[mine], kind="stable")]]]


class Graph(NamedTuple):
    """Directed edges in compressed rows: those of row r lie at indptr[r] to indptr[r + 1].

    weights: how much a row speaks for another; those of the mean row sum to at most 1.
    """

    indptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weights: Floats

    def edges(self, row: int) -> tuple[NDArray[np.int32], Floats]:
        """Neighbours and weights of one row."""
        span = slice(self.indptr[row], self.indptr[row + 1])
        return self.neighbours[span], self.weights[span]

    def vote(self, history: Rows, decay: float) -> Votes:
        """Let a history (rows, oldest first) vote; the newest with weight 1, each older * decay."""
        places = np.arange(len(history) - 1, max(-1, len(history) - 1 - MAX_VOTERS), -1)
        voters = history[places]
        starts = self.indptr[voters]
        sizes = self.indptr[voters + 1] - starts
        edges = spans(starts, sizes)
        faded = (decay ** np.arange(len(voters))).astype(np.float32)
        return Votes(np.repeat(places, sizes), self.neighbours[edges].astype(np.int64),
                     self.weights[edges] * np.repeat(faded, sizes))
