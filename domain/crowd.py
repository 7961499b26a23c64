"""What kind of users give an item its weight; more of the less known ones than usual is held back.

Fake accounts are cheap while they are new, so they come as users of no standing, nearly alone on
the item they push. Honest newcomers come to every item, beside users who are known. So, for each
item and for each level of users, from the best known down:

    let in  <=  times * usual * (weight of the better known) + free

where `usual` is what that level weighs beside the better known ones in the whole catalogue. All
weights fade with a half-life of a day. Regular users are never held back, nor is a level while too
little is known of those above it: in a new shop nobody is regular yet.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.defence import LEVELS, Defence
from domain.places import lacking
from domain.row import Floats, Keys

HALF_LIFE_MS = 24 * 3_600_000
# The better known must weigh as much, in strength and as a part of all, before they are a measure.
MIN_KNOWN = 500.0
MIN_KNOWN_PART = 0.1
MIN_MASS = 0.05


class Crowd(NamedTuple):
    """keys: (M,) items or pairs of them, sorted.   wanted: (LEVELS,) what was brought, faded.

    masses: (S, LEVELS, M) what of it was let in, faded, by sign: for it, or against it.
    """

    keys: Keys
    masses: Floats
    wanted: NDArray[np.float64]

    def aged(self, elapsed_ms: int) -> "Crowd":
        """The same, seen from later."""
        faded = 2.0 ** (-elapsed_ms / HALF_LIFE_MS)
        return Crowd(self.keys, self.masses * np.float32(faded), self.wanted * faded)

    def let_in(
        self, keys: Keys, signs: NDArray[np.int64], levels: NDArray[np.int64],
        amounts: NDArray[np.float64], rules: Defence, free: float,
    ) -> tuple[NDArray[np.float64], "Crowd"]:
        """(n,) the part of each amount that counts, and the crowd with them.

        signs: 0 for, 1 against.   amounts: faded.   free: 0 = all are let in. What comes together
        is let in in equal parts, whatever its order.
        """
        new, slots = lacking(self.keys, keys)
        known, masses = np.insert(self.keys, slots, new), np.insert(self.masses, slots, 0, axis=2)
        asked, places = np.unique(keys, return_inverse=True)
        at = np.searchsorted(known, asked)
        there, total = masses[:, :, at].astype(np.float64), masses.sum(axis=(0, 2), dtype=float)
        cells = np.ravel_multi_index((signs, levels, places), there.shape)
        brought = np.bincount(cells, amounts, there.size).reshape(there.shape)
        wanted = self.wanted + brought.sum(axis=(0, 2))
        parts = np.ones_like(there)
        for level in reversed(range(LEVELS)):
            if free and _is_measure(total, level):
                usual = wanted[level] / wanted[level + 1:].sum()
                most = rules.times(level) * usual * there[:, level + 1:].sum(axis=1) + free
                room = np.maximum(0, most - there[:, level])
                np.divide(room, brought[:, level], out=parts[:, level],
                          where=brought[:, level] > room)
            let = brought[:, level] * parts[:, level]
            there[:, level] += let
            total[level] += let.sum()
        masses[:, :, at] = there
        return parts.ravel()[cells], Crowd(known, masses, wanted)._pruned()

    def _pruned(self) -> "Crowd":
        kept = self.masses.max(axis=(0, 1), initial=0) > MIN_MASS
        return Crowd(self.keys[kept], self.masses[:, :, kept], self.wanted)


def _is_measure(total: NDArray[np.float64], level: int) -> bool:
    """Is enough known of those above a level? total: (LEVELS,) of the whole catalogue."""
    known = total[level + 1:].sum()
    return bool(known >= max(MIN_KNOWN, MIN_KNOWN_PART * total.sum()))


def no_crowd(signs: int) -> Crowd:
    """Before the first event."""
    return Crowd(np.zeros(0, np.uint64), np.zeros((signs, LEVELS, 0), np.float32),
                 np.zeros(LEVELS))
