"""How much of a figure is chance.

What one user does hangs together, so that users are drawn, never cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.answers import Reals
from model.split import Case

REPLICATES = 1000
FLIPS = 9999  # the smallest p-value is one of ten thousand
BETWEEN = (2.5, 97.5)  # percentiles: 95%
MIN_USERS = 10  # of fewer no interval is told
CELLS = 5_000_000  # signs drawn at once: 20 MB of float32


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and where it would lie for other users like these in 95 of 100 draws, if known."""

    value: float
    low: float | None = None
    high: float | None = None


class Figure(NamedTuple):
    """A ratio of sums over cases. top, bottom: (C,) each; a mean has a bottom of ones."""

    top: Reals
    bottom: Reals

    def within(self, mask: NDArray[np.bool_]) -> "Figure":
        """Of some of the cases."""
        return Figure(self.top * mask, self.bottom * mask)


def mean_of(values: Reals) -> Figure:
    """The mean of what is a number."""
    return Figure(np.nan_to_num(values), (~np.isnan(values)).astype(np.float64))


class Users:
    """Who asked each case, and the same users drawn anew, again and again, for every figure.

    cost: 4 bytes for each replicate and user.
    """

    def __init__(self, cases: list[Case], seed: int, replicates: int = REPLICATES) -> None:
        names, self.of_case = np.unique([case.user for case in cases], return_inverse=True)
        self.n, self._seed = len(names), seed
        chance = np.random.default_rng(seed)
        self._drawn = np.empty((replicates, self.n), np.float32)
        for row in self._drawn:
            row[:] = np.bincount(chance.integers(0, self.n, self.n), minlength=self.n)

    def sums(self, values: Reals) -> Reals:
        """(U,) of what each case has."""
        return np.asarray(np.bincount(self.of_case, values, self.n), np.float64)

    def estimates(self, figures: Mapping[str, Figure]) -> dict[str, Estimate]:
        """Each figure with its interval by bootstrap; those of nobody are left out.

        source: Efron & Tibshirani 1993, the percentile interval.
        """
        some = {name: figure for name, figure in figures.items() if figure.bottom.any()}
        if not some:
            return {}
        tops, bottoms = (np.stack([self.sums(figure[part]) for figure in some.values()], axis=1)
                         for part in (0, 1))
        below = self._drawn @ bottoms.astype(np.float32)
        draws = (self._drawn @ tops.astype(np.float32)) / np.where(below > 0, below, np.nan)
        lows, highs = np.nanpercentile(draws, BETWEEN, axis=0)
        values, enough = tops.sum(axis=0) / bottoms.sum(axis=0), (bottoms > 0).sum(axis=0)
        return {name: Estimate(float(value), float(low), float(high)) if n >= MIN_USERS
                else Estimate(float(value))
                for name, value, low, high, n in zip(some, values, lows, highs, enough,
                                                     strict=True)}

    def p_value(self, ours: Reals, theirs: Reals, flips: int = FLIPS) -> float:
        """How often a sum of differences as large would come, if it did not matter who is who.

        ours, theirs: (C,). Two-sided; each user's difference has either sign.
        source: Smucker, Allan & Carterette 2007, Fisher's randomization test.
        """
        apart = self.sums(ours - theirs)
        apart, chance = apart[apart != 0], np.random.default_rng(self._seed)
        least = abs(apart.sum()) * (1 - 1e-9)  # sums in another order are no smaller
        found, step = 1, max(1, CELLS // max(1, len(apart)))
        for start in range(0, flips, step):
            signs = chance.integers(0, 2, (min(step, flips - start), len(apart)), np.int8) * 2 - 1
            found += int((np.abs(signs @ apart) >= least).sum())
        return found / (flips + 1)
