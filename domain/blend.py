"""The parts of a score and how they are mixed: encoder + co-visitation + popularity.

    score(item) = encoder * (user vector . item vector)      what the trained encoder expects
                + graph * (votes / largest vote)             what others did next
                + popularity * (log count / log largest)     what everybody does now

All but the first go into one bias over the catalogue, so the model graph adds them for free. The
weights are tuned on validation and travel in the model card; evaluation and serving both mix here.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.artifact import Blend
from domain.graph import Votes
from domain.places import spliced
from domain.row import Floats, Rows

HIDDEN = np.float32(-1e9)  # bias of rows that must not be shown


def popularity_part(counts: Floats, out: Floats | None = None) -> Floats:
    """(rows,) float32 in 0..1 from decayed counts; negative counts say nothing.

    out: where it is written, as numpy's; `counts` itself where they are not needed any more.
    """
    levels = np.maximum(counts, 0.0, out=out, dtype=np.float32)
    np.log1p(levels, out=levels)
    largest = levels.max(initial=0.0)
    if largest > 0:
        levels /= largest
    return levels


def base(blend: Blend, counts: Floats, hidden: Rows | NDArray[np.bool_]) -> Floats:
    """(rows,) float32: the bias that all requests share; what is hidden stays out of every list.

    counts: decayed, of all rows; they are written over, since at a million items each array more
    is 4 MB more.
    cost: one pass over the catalogue, so callers keep it until trends or the catalogue change.
    """
    shared = popularity_part(counts, out=counts)
    shared *= np.float32(blend.popularity)
    shared[hidden] = HIDDEN
    return shared


class Base(NamedTuple):
    """What all requests of a moment share: (rows,) of the table, (n,) of the newcomers."""

    table: Floats
    newcomers: Floats

    @classmethod
    def of(cls, shared: Floats, rows: int) -> Self:
        """Both, from where they lie one after the other."""
        return cls(shared[:rows], shared[rows:])

    def at(self, rows: Rows) -> Floats:
        """Of some rows; newcomers have those after the table's."""
        first = len(self.table)
        late = rows >= first
        return spliced(late, self.table[rows[~late]], self.newcomers[rows[late] - first])

    def hiding(self, items: NDArray[np.bool_], newcomers: NDArray[np.bool_]) -> Self:
        """The same with more hidden. items: of the table, from row 1 on."""
        table, beside = self.table.copy(), self.newcomers.copy()
        table[1:len(items) + 1][items] = HIDDEN
        beside[newcomers] = HIDDEN
        return type(self)(table, beside)


class Bias(NamedTuple):
    """The bias of one request: what all requests share, and what its own votes add to some rows.

    shared: (rows of the table,) float32.   rows: ascending, each once.   lifts: float32, of those.
    """

    shared: Floats
    rows: Rows
    lifts: Floats

    def whole(self) -> Floats:
        """Of every row. cost: a copy of what is shared."""
        mixed = self.shared.copy()
        mixed[self.rows] += self.lifts
        return mixed

    def of(self, rows: Rows) -> Floats:
        """Of some rows."""
        return self.shared[rows] + self.voted(rows)

    def voted(self, rows: Rows) -> Floats:
        """What the request's own votes add to some rows."""
        found, lifted = np.zeros(len(rows), np.float32), self.lifted(rows)
        found[lifted] = self.lifts[np.searchsorted(self.rows, rows[lifted])]
        return found

    def lifted(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows the request's own votes add to."""
        if not len(self.rows):
            return np.zeros(len(rows), np.bool_)
        place = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.asarray(self.rows[place] == rows)


class Biases(NamedTuple):
    """The bias of one request, of the table and of the newcomers beside it."""

    table: Bias
    newcomers: Bias

    def voted(self, rows: Rows) -> Floats:
        """What the request's own votes add to some rows; newcomers have those after the table's."""
        first = len(self.table.shared)
        late = rows >= first
        return spliced(late, self.table.voted(rows[~late]),
                       self.newcomers.voted(rows[late] - first))


def bias(blend: Blend, base: Base, votes: Votes) -> Biases:
    """What all requests share, and what the votes of one add. Newcomers count to the largest."""
    rows, shares = votes.shares()
    lifts, first = np.float32(blend.graph) * shares, len(base.table)
    here = np.searchsorted(rows, first)
    return Biases(Bias(base.table, rows[:here], lifts[:here]),
                  Bias(base.newcomers, rows[here:] - first, lifts[here:]))
