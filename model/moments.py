"""Histories -> moments at which a list might have been asked for, and what was known and came then.

A moment holds what was older than it, and what its user did in the time after it. Nothing of the
first kind hangs on what came later; `Tally` counts everybody's events in the same way.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.features import MAX_HISTORY, Interaction
from domain.row import Floats, RowIndex, Rows
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from model.dataset import History

HORIZON_MS = 3_600_000  # what a user does within an hour was done after the list
FRESH = 20.0  # half-lives of the shortest one after which sums are brought up to date

_HALF_LIVES = np.array(list(HALF_LIVES_MS.values()), np.float64)


class Moment(NamedTuple):
    """A user, a time, the history as live state would hold it, and what was done next."""

    user: str
    at_ms: int
    history: History
    outcomes: History


def moments(histories: Mapping[str, History], from_ms: int, until_ms: int) -> list[Moment]:
    """Every time at which somebody known did something, in order of time.

    Only those whose horizon ends by `until_ms`: of the others it is not known what came.
    """
    found = [moment for user, history in histories.items()
             for moment in _of_user(user, history, from_ms, until_ms - HORIZON_MS)]
    return sorted(found, key=lambda moment: moment.at_ms)


def drawn(found: list[Moment], most: int, seed: int) -> list[Moment]:
    """At most so many, drawn evenly, in their order."""
    if len(found) <= most:
        return found
    chosen = np.random.default_rng(seed).choice(len(found), most, replace=False)
    return [found[place] for place in np.sort(chosen)]


def _of_user(user: str, history: History, from_ms: int, last_ms: int) -> Iterator[Moment]:
    times = [entry.at_ms for entry in history]
    for at_ms, alike in groupby(range(len(history)), key=times.__getitem__):
        place = next(alike)
        if place and from_ms <= at_ms <= last_ms:
            end = int(np.searchsorted(times, at_ms + HORIZON_MS))
            yield Moment(user, at_ms, history[max(0, place - MAX_HISTORY):place],
                         history[place:end])


class Tally:
    """What everybody did, decayed, as of a time that only moves on."""

    def __init__(
        self, histories: Iterable[History], index: RowIndex, vocabulary: Vocabulary
    ) -> None:
        events = sorted((entry for history in histories for entry in history), key=_time)
        self._at_ms = np.array([entry.at_ms for entry in events], np.int64)
        self._rows = index.rows(np.array([entry.item for entry in events], np.uint64))
        self._strengths = np.array([vocabulary.strength(entry.type, entry.value)
                                    for entry in events])
        self._sums: NDArray[np.float64] = np.zeros((len(index) + 1, len(_HALF_LIVES)))
        self._done, self._ref_ms = 0, int(self._at_ms[0]) if events else 0

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


def _time(entry: Interaction) -> int:
    return entry.at_ms
