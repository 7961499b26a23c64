"""A few places of a list for items of which too little is known, each with its odds of being there.

Thompson sampling in two steps, so that the odds are exact. Draws from the posteriors of click rates
say how likely each item of a pool is the best one: that is done once for many lists. A list draws
items by those chances, and the chances, not the draws behind them, are what it was made with.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.key import share_of
from domain.ranking import Candidate, Part
from domain.row import Keys
from domain.trends import Trends
from domain.vocabulary import DEFAULT_TYPES

SOURCE = "exploration"
HALF_LIFE = "7d"  # of what is counted: an item that was let go comes back within weeks
PRIOR_IMPRESSIONS = 10.0  # what the catalogue's mean rate is worth to an item nobody has seen
PRIOR_RATE = 0.02  # clicks per impression where nothing was counted
DRAWS = 1_000
FLOOR = 0.1  # of all chance is shared evenly: odds near nothing make estimates of any size
POOL = 200  # items between which one is chosen
CANDIDATES = 2_000  # of the newest items, between which the pool is chosen
HOPE = 2.0  # standard deviations above the mean that an item is believed to be good for

Numbers = NDArray[np.float64]
_CODES = {kind.name: kind.code for kind in DEFAULT_TYPES}


class Pool(NamedTuple):
    """keys: (n,) items.   chances: (n,) that each is the best of them, 1 in sum, none 0."""

    keys: Keys
    chances: Numbers

    @classmethod
    def of(cls, trends: Trends, keys: Sequence[int]) -> Self:
        """The most hopeful of these items, as what was counted lately leaves them.

        keys: the newest first, which goes before an older one of which as much is hoped.
        cost: 60 us for each item of the pool.
        """
        of = np.array(keys, np.uint64)
        impressions, clicks = (trends.events_for(of, _CODES[name], HALF_LIFE).astype(float)
                               for name in ("impression", "click"))
        alpha, beta = posterior(impressions, clicks, mean_rate(trends))
        kept = np.argsort(-upper(alpha, beta), kind="stable")[:POOL]
        return cls(of[kept], chances(alpha[kept], beta[kept]))


class Placed(NamedTuple):
    """One place of a list. source: `SOURCE`, or empty for what was ranked.

    propensity: the chance of this item to be on the list, at whatever place; None where nothing
    is explored.
    """

    candidate: Candidate
    source: str = ""
    propensity: float | None = None


class Offer(NamedTuple):
    """What one list explores. keys, odds: (m,) items, with the chance of each to be on it.

    free: positions of the list, from 0, in order, among which as many as the odds sum to are taken.
    """

    keys: Sequence[int]
    odds: Numbers
    free: Sequence[int]

    @classmethod
    def of(
        cls, ranked: Sequence[int], free: Sequence[int], n: int, pool: Pool,
        allowed: Callable[[Keys], NDArray[np.bool_]],
    ) -> Self:
        """At n of the free positions of what is ranked; what stood at the last n of them may go.

        allowed: (m,) which of these of the pool the list may show. Where these are fewer than n, n
        is as many: if more might go than come, what is ranked would move up, past its quotas.
        """
        let, keys = allowed(pool.keys) if n else np.zeros(0, np.bool_), pool.keys.tolist()
        while n:
            staying = set(ranked) - {ranked[position] for position in free[-n:]}
            may = let & np.array([key not in staying for key in keys], np.bool_)
            if may.sum() >= n:
                return cls(pool.keys[may].tolist(), inclusion(pool.chances[may], n), free)
            n = int(may.sum())
        return cls((), np.zeros(0), free)

    def taken(self, seed: str) -> dict[int, int]:
        """Position -> place in `keys`. seed: by it, and the offer, the list can be made again."""
        picked = drawn(self.odds, share_of(seed, "items"))
        if not picked:
            return {}
        shuffled = sorted(self.free, key=lambda at: share_of(seed, "place", str(at)))
        return dict(zip(shuffled, picked, strict=False))

    def woven(self, ranked: Sequence[Candidate], seed: str) -> list[Placed]:
        """The list of as many places: what was ranked moves down at the free ones alone."""
        explored = {position: self._placed(n) for position, n in self.taken(seed).items()}
        come = {one.candidate.key for one in explored.values()}
        moving = (ranked[position] for position in self.free if ranked[position].key not in come)
        places = [Placed(candidate, "", 1.0) for candidate in ranked]
        for position in self.free if explored else ():
            places[position] = explored.get(position) or Placed(next(moving), "", 1.0)
        return places

    def told(self) -> Mapping[int, float]:
        """Key -> the chance of each."""
        return dict(zip(self.keys, self.odds.tolist(), strict=True))

    def _placed(self, n: int) -> Placed:
        chance = float(self.odds[n])
        return Placed(Candidate(self.keys[n], chance, (Part(SOURCE, chance),)), SOURCE, chance)


def mean_rate(trends: Trends) -> float:
    """Clicks per impression of all items lately; of each no more clicks than impressions."""
    impressions, clicks = (trends.events_for(trends.keys, _CODES[name], HALF_LIFE).astype(float)
                           for name in ("impression", "click"))
    shown, followed = float(impressions.sum()), float(np.minimum(clicks, impressions).sum())
    return min(0.5, followed / shown) if followed else PRIOR_RATE


def posterior(
    impressions: Numbers, clicks: Numbers, rate: float
) -> tuple[Numbers, Numbers]:
    """The two parameters of each item's Beta posterior of its click rate.

    Clicks that come without an impression, from a search or where none is sent, say nothing of what
    follows one: no more of them count than there are impressions.
    """
    followed = np.minimum(clicks, impressions)
    return (rate * PRIOR_IMPRESSIONS + followed,
            (1 - rate) * PRIOR_IMPRESSIONS + impressions - followed)


def upper(alpha: Numbers, beta: Numbers) -> Numbers:
    """(n,) the click rate that each is hoped to have: an upper confidence bound."""
    mean, n = alpha / (alpha + beta), alpha + beta
    return np.asarray(mean + HOPE * np.sqrt(mean * (1 - mean) / (n + 1)))


def chances(alpha: Numbers, beta: Numbers) -> Numbers:
    """(n,) how likely each item is the best, of `DRAWS` draws that are always the same ones."""
    items = len(alpha)
    if not items:
        return np.zeros(0)
    best = np.random.default_rng(0).beta(alpha, beta, (DRAWS, items)).argmax(axis=1)
    return FLOOR / items + (1 - FLOOR) * np.bincount(best, minlength=items) / DRAWS


def inclusion(weights: Numbers, n: int) -> Numbers:
    """The chance of each of these to be among n of them: by weight, at most 1, n in sum."""
    if len(weights) <= n:
        return np.ones(len(weights))
    odds, is_sure = np.zeros(len(weights)), np.zeros(len(weights), np.bool_)
    while n:
        left = n - is_sure.sum()
        odds[~is_sure] = left * weights[~is_sure] / weights[~is_sure].sum()
        odds[is_sure] = 1.0
        if (odds <= 1).all():
            break
        is_sure |= odds >= 1
    return odds


def drawn(odds: Numbers, at: float) -> list[int]:
    """Places of what is drawn, each with just its odds. at: a number in [0, 1), drawn evenly.

    source: Madow, "On the Theory of Systematic Sampling, II", Ann. Math. Statist. 1949.
    """
    ends = odds.cumsum()
    n = round(float(odds.sum()))
    ends[-1:] = n  # rounding must not leave the last one out
    return [int(place) for place in np.searchsorted(ends, at + np.arange(n), side="right")]
