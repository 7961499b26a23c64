"""Histories -> moments at which a list might have been asked for, and what was known and came then.

A moment holds what was older than it, and what its user did in the time after it. Nothing of the
first kind hangs on what came later; `Tally` counts everybody's events in the same way.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.row import Floats, RowIndex, Rows
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from model.histories import Block, Histories, History, strengths_of
from model.split import Case, Cases

HORIZON_MS = 3_600_000  # what a user does within an hour was done after the list
FRESH = 20.0  # half-lives of the shortest one after which sums are brought up to date

_HALF_LIVES = np.array(list(HALF_LIVES_MS.values()), np.float64)


class Moment(NamedTuple):
    """A case, and all that its user did from its time on within the horizon."""

    case: Case
    outcomes: History


def moments(
    histories: Histories, from_ms: int, until_ms: int, most: int, seed: int
) -> list[Moment]:
    """At most so many times at which somebody known did something, drawn evenly; in time order.

    Only those whose horizon ends by `until_ms`: of the others it is not known what came.
    """
    parts = [_asked(histories, block, from_ms, until_ms - HORIZON_MS)
             for block in histories.blocks()]
    owners, places = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(places) > most:
        chosen = np.random.default_rng(seed).choice(len(places), most, replace=False)
        owners, places = owners[chosen], places[chosen]
    order = np.argsort(histories.columns.at_ms[places], kind="stable")
    cases = Cases(histories, owners[order], places[order], apart=True)
    return [Moment(case, _outcomes(histories, owner, place)) for case, owner, place in zip(
        cases, owners[order].tolist(), places[order].tolist(), strict=True)]


def _asked(histories: Histories, block: Block, from_ms: int, last_ms: int) -> tuple[Rows, Rows]:
    """User and event of every first event of its time, but for those before which none was."""
    at_ms, places = block.columns.at_ms, np.arange(len(block.owner))
    is_new = np.append(True, at_ms[1:] != at_ms[:-1])[:len(places)]
    (asked,) = np.nonzero(is_new & (places > block.first) & (at_ms >= from_ms) & (at_ms <= last_ms))
    owners = block.owner[asked]
    return owners, histories.starts[owners] + asked - block.first[asked]


def _outcomes(histories: Histories, owner: int, place: int) -> History:
    at_ms, end = histories.columns.at_ms, int(histories.ends[owner])
    later = np.searchsorted(at_ms[place:end], at_ms[place] + HORIZON_MS)
    return histories.columns.entries(place, place + int(later))


class Tally:
    """What everybody did, decayed, as of a time that only moves on.

    cost: 20 bytes of memory an event, and twice that while it is made.
    """

    def __init__(self, histories: Histories, index: RowIndex, vocabulary: Vocabulary) -> None:
        columns = [block.columns for block in histories.blocks()]
        at_ms = np.concatenate([part.at_ms for part in columns])
        order = np.argsort(at_ms, kind="stable")
        kinds, named = np.unique(np.concatenate([part.kinds() for part in columns]),
                                 return_inverse=True)
        self._at_ms = at_ms[order]
        self._rows = np.concatenate([index.rows(part.item) for part in columns])[order]
        self._strengths = strengths_of(kinds, vocabulary).astype(np.float32)[named][order]
        self._sums: NDArray[np.float64] = np.zeros((len(index) + 1, len(_HALF_LIVES)))
        self._done, self._ref_ms = 0, int(self._at_ms[0])

    def at(self, at_ms: int, rows: Rows | slice) -> Floats:
        """(len(rows), half-lives) float32: decayed strength of all that was done before."""
        end = int(np.searchsorted(self._at_ms, at_ms))
        assert end >= self._done, "time only moves on"
        if at_ms - self._ref_ms > FRESH * _HALF_LIVES.min():
            self._sums *= 2.0 ** (-(at_ms - self._ref_ms) / _HALF_LIVES)
            self._ref_ms = at_ms
        new = slice(self._done, end)
        ages_ms = self._ref_ms - self._at_ms[new]
        np.add.at(self._sums, self._rows[new],
                  self._strengths[new, None] * 2.0 ** (-ages_ms[:, None] / _HALF_LIVES))
        self._sums[0], self._done = 0.0, end
        faded = 2.0 ** (-(at_ms - self._ref_ms) / _HALF_LIVES)
        return np.asarray(self._sums[rows] * faded, np.float32)
