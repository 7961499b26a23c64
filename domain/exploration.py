"""A few places of a list for items of which too little is known, each with its odds of being there.

Thompson sampling in two steps, so that the odds are exact. Draws from the posteriors of click rates
say how likely each item of a pool is the best one: that is done once for many lists. A list draws
items by those chances, and the chances, not the draws behind them, are what it was made with.
"""

import math
from collections.abc import Callable, Sequence
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

Numbers = NDArray[np.float64]
_CODES = {kind.name: kind.code for kind in DEFAULT_TYPES}


class Budget(NamedTuple):
    """What one surface spends. share: of the places of a list; first: place, from 1, of the best.

    A list of k places has the whole part of share * k for exploration, none before `first`.
    """

    share: float = 0.1
    first: int = 2

    def places(self, k: int) -> int:
        """How many of k places."""
        return max(0, min(math.floor(self.share * k + 1e-9), k - self.first + 1))


class Pool(NamedTuple):
    """keys: (n,) items.   chances: (n,) that each is the best of them, 1 in sum, none 0."""

    keys: Keys
    chances: Numbers

    @classmethod
    def of(cls, trends: Trends, keys: Sequence[int]) -> Self:
        """Of these items, as what was counted lately leaves them. cost: 60 us an item.

        Clicks may come without an impression, from where none is sent: they count as seen once.
        """
        of = np.array(keys, np.uint64)
        impressions, clicks = (trends.events_for(of, _CODES[name], HALF_LIFE).astype(float)
                               for name in ("impression", "click"))
        return cls(of, chances(*posterior(impressions, clicks, mean_rate(trends))))


class Placed(NamedTuple):
    """One place of a list. source: `SOURCE`, or empty for what was ranked.

    propensity: the chance of this item to be on the list, at whatever place.
    """

    candidate: Candidate
    source: str
    propensity: float


def mean_rate(trends: Trends) -> float:
    """Clicks per impression of all items lately."""
    impressions, clicks = (float(trends.events_for(trends.keys, _CODES[name], HALF_LIFE).sum())
                           for name in ("impression", "click"))
    return min(0.5, clicks / impressions) if clicks and impressions else PRIOR_RATE


def posterior(
    impressions: Numbers, clicks: Numbers, rate: float
) -> tuple[Numbers, Numbers]:
    """The two parameters of each item's Beta posterior of its click rate."""
    return (rate * PRIOR_IMPRESSIONS + clicks,
            (1 - rate) * PRIOR_IMPRESSIONS + np.maximum(impressions - clicks, 0))


def chances(alpha: Numbers, beta: Numbers) -> Numbers:
    """(n,) how likely each item is the best, of `DRAWS` draws that are always the same ones."""
    items = len(alpha)
    if not items:
        return np.zeros(0)
    best = np.random.default_rng(0).beta(alpha, beta, (DRAWS, items)).argmax(axis=1)
    return FLOOR / items + (1 - FLOOR) * np.bincount(best, minlength=items) / DRAWS


def explore(
    ranked: Sequence[Candidate], pool: Pool, hidden: Callable[[int], bool], k: int,
    budget: Budget, seed: str,
) -> list[Placed]:
    """The list of k places: the best of what is ranked, and among them what is explored.

    ranked: what would be shown otherwise, each once, the best first; k of them, if there are.
    hidden: what of the pool this list may not show, such as what was seen.
    seed:   id of the recommendation: by it, and what was given, the list can be made again.
    """
    sure = {candidate.key for candidate in ranked[:k - budget.places(k)]}
    allowed = [n for n, key in enumerate(pool.keys.tolist()) if key not in sure and not hidden(key)]
    odds = inclusion(pool.chances[allowed], budget.places(k))
    picked = [allowed[n] for n in drawn(odds, share_of(seed, "items"))]
    explored = {int(pool.keys[n]): odds[allowed.index(n)] for n in picked}
    rest = [candidate for candidate in ranked if candidate.key not in explored]
    places = [Placed(candidate, "", 1.0) for candidate in rest[:k - len(explored)]]
    shuffled = sorted(range(budget.first, k + 1), key=lambda n: share_of(seed, "place", str(n)))
    slots = sorted(zip(shuffled, explored.items(), strict=False), key=lambda slot: slot[0])
    for place, (key, chance) in slots:
        candidate = Candidate(key, float(chance), (Part(SOURCE, float(chance)),))
        places.insert(place - 1, Placed(candidate, SOURCE, float(chance)))
    return places


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
