"""Amounts by key, many and bounded: what was already counted of something that has a limit."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.places import find, lacking
from domain.row import Floats, Keys

MAX_ROWS = 500_000  # 16 bytes each


class Tally(NamedTuple):
    """keys: (N,) sorted.   amounts: (N,).   minutes: (N,) when each was added to last."""

    keys: Keys
    amounts: Floats
    minutes: NDArray[np.uint32]

    def of(self, keys: Keys) -> Floats:
        """(n,) the amount of each key, 0 where there is none."""
        amounts = np.zeros(len(keys), np.float32)
        places, is_there = find(self.keys, keys)
        amounts[is_there] = self.amounts[places[is_there]]
        return amounts

    def admit(
        self, keys: Keys, amounts: NDArray[np.float64], limit: float
    ) -> NDArray[np.float64]:
        """(n,) what of each amount still fits below the limit of its key, in the order given."""
        order = np.argsort(keys, kind="stable")
        sorted_keys, sorted_amounts = keys[order], amounts[order]
        before = np.cumsum(sorted_amounts) - sorted_amounts
        firsts = np.flatnonzero(np.append(True, sorted_keys[1:] != sorted_keys[:-1])[:len(keys)])
        before -= np.repeat(before[firsts], np.diff(np.append(firsts, len(keys))))
        before += self.of(sorted_keys)
        fitting = np.empty(len(keys))
        fitting[order] = np.clip(limit - before, 0, sorted_amounts)
        return fitting

    def plus(self, keys: Keys, amounts: NDArray[np.float64], minute: int) -> "Tally":
        """With these amounts added; a key may come more than once."""
        new, slots = lacking(self.keys, keys)
        known, totals = np.insert(self.keys, slots, new), np.insert(self.amounts, slots, 0)
        minutes = np.insert(self.minutes, slots, minute)
        places = np.searchsorted(known, keys)
        np.add.at(totals, places, amounts.astype(np.float32))
        minutes[places] = minute
        return Tally(known, totals, minutes)

    def since(self, minute: int, most: int = MAX_ROWS) -> "Tally":
        """What was added to from a minute on; of more than `most` keys those with most to say."""
        kept = self.minutes >= minute
        if kept.sum() > most:  # a tenth more goes, so that this is not done every time
            few = int(0.9 * most)
            kept &= self.amounts >= np.partition(self.amounts[kept], -few)[-few]
        return Tally(self.keys[kept], self.amounts[kept], self.minutes[kept])


def nothing() -> Tally:
    """A tally of nothing."""
    return Tally(np.zeros(0, np.uint64), np.zeros(0, np.float32), np.zeros(0, np.uint32))
