"""What exploration costs in clicks, which good new items it finds, and what its log is good for.

A shop of items whose click rates are known, and of new ones that its ranking never shows. A click
takes a look at the place, and then a liking for the item. Each shop is played with several seeds.

python -m bench.exploration [lists] [seeds]
"""

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bench.clock import report
from domain.budget import Budget
from domain.exploration import (
    PRIOR_RATE,
    SOURCE,
    Numbers,
    Offer,
    Pool,
    chances,
    posterior,
)
from domain.off_policy import Shown
from domain.otherwise import Otherwise, told
from domain.ranking import Candidate
from domain.row import Keys

LISTS, SEEDS = 200_000, 5
K = 10
OLD, NEW, GOOD = 200, 100, 10  # items; the first of the new ones are good
REFRESH = 500  # lists between two pools, as trends are rolled up
PERIODS = 10  # of the log, as the report reads it by days
LOOKS = 1 / np.log2(np.arange(2, K + 2))  # chance of a look at each place


@dataclass
class Shop:
    """Items and their true click rates, where looked at; new ones are numbered after the old.

    impressions, clicks: (NEW,) so far.   brought: clicks to be expected of each list.
    log: of what was explored.   found_at: lists until each of the new was known to be good.
    """

    draw: np.random.Generator
    rates: Numbers
    impressions: Numbers = field(default_factory=lambda: np.zeros(NEW))
    clicks: Numbers = field(default_factory=lambda: np.zeros(NEW))
    brought: list[float] = field(default_factory=list)
    log: list[Shown] = field(default_factory=list)
    found_at: dict[int, int] = field(default_factory=dict)

    @classmethod
    def opened(cls, seed: int) -> "Shop":
        """Old items like 1% to 15%, new ones as the poorer of them, the good ones 20%."""
        draw = np.random.default_rng(seed)
        old = np.sort(draw.uniform(0.01, 0.15, OLD))[::-1]
        new = draw.uniform(0.005, 0.05, NEW)
        new[:GOOD] = 0.2
        return cls(draw, np.concatenate([old, new]))

    def pool(self) -> Pool:
        """Of the new items, as they are known by now."""
        known = posterior(self.impressions, self.clicks, PRIOR_RATE)
        return Pool(np.arange(OLD, OLD + NEW, dtype=np.uint64), chances(*known))

    def show(self, ranked: list[Candidate], pool: Pool, budget: Budget, name: str) -> None:
        """One list, and what is clicked."""
        offer = Offer.of([one.key for one in ranked], range(budget.first - 1, K),
                         budget.places(K), pool, anything)
        places = offer.woven(ranked, name)
        keys = np.array([place.candidate.key for place in places])
        odds = LOOKS * self.rates[keys]
        clicked = self.draw.random(K) < odds
        self.brought.append(float(odds.sum()))
        for place, click in zip(places, clicked, strict=True):
            if place.source == SOURCE and place.propensity:
                new = place.candidate.key - OLD
                self.impressions[new] += 1
                self.clicks[new] += click
                self.log.append(Shown("", str(new), name, place.propensity, bool(click),
                                      len(self.brought) - 1))

    def found(self) -> NDArray[np.bool_]:
        """(NEW,) is an item known by now to be clicked more than what is ranked, on average?"""
        alpha, beta = posterior(self.impressions, self.clicks, PRIOR_RATE)
        return np.asarray(alpha / (alpha + beta) > (LOOKS * self.rates[:K]).mean())

    def look(self) -> None:
        """Note who is known to be good, and since when."""
        for new in np.flatnonzero(self.found()).tolist():
            self.found_at.setdefault(new, len(self.brought))


def anything(keys: Keys) -> NDArray[np.bool_]:
    """(n,) nothing is hidden."""
    return np.ones(len(keys), np.bool_)


def main(lists: int = LISTS, seeds: int = SEEDS) -> None:
    """Play shops with several budgets; estimate other ways to choose from the log."""
    shops = {share: [played(lists, Budget(share), seed) for seed in range(1, seeds + 1)]
             for share in (0.1, 0.2)}
    report({
        "lists": lists, "new_items": NEW, "good": GOOD,
        "budgets": {str(share): [told_of(shop) for shop in played_so]
                    for share, played_so in shops.items()},
        "estimates": [estimated(shop, lists) for shop in shops[0.1]],
    })


def told_of(shop: Shop) -> dict[str, Any]:
    """What one shop lost and found."""
    plain = float((LOOKS * shop.rates[:K]).sum())
    good = sorted(at for new, at in shop.found_at.items() if new < GOOD)
    return {
        "clicks_lost_by_tenths": [round(1 - float(part.mean() / plain), 4)
                                  for part in np.array_split(shop.brought, 10)],
        "good_found": int(shop.found()[:GOOD].sum()),
        "others_taken_for_good": int(shop.found()[GOOD:].sum()),
        "lists_until_half_were_found": good[GOOD // 2 - 1] if len(good) >= GOOD // 2 else None,
        "lists_until_all_were_found": good[-1] if len(good) == GOOD else None,
    }


def played(lists: int, budget: Budget, seed: int) -> Shop:
    """A shop after so many lists. Nothing that is found is ranked: the budget alone shows it."""
    shop = Shop.opened(seed)
    ranked = [Candidate(key, float(shop.rates[key])) for key in range(K)]
    for n in tqdm(range(lists), desc=f"budget {budget.share:g}", unit="list", disable=None):
        if n % REFRESH == 0:
            pool = shop.pool()
            shop.look()
        shop.show(ranked, pool, budget, f"{seed}-{n}")
    return shop


def estimated(shop: Shop, lists: int) -> dict[str, Any]:
    """Clicks per impression, estimated as the report does, and true: off is between the two."""
    period = lists // PERIODS
    found, said = Otherwise.of(shop.log, period), told(shop.log, period)["targets"]
    looks, later = float(LOOKS[1:].mean()), found.periods > 0
    best = [int(one.item_id) for one, is_best in zip(shop.log, found.best, strict=True)
            if is_best]
    of_best = {int(p): shop.rates[OLD + new] for p, new in zip(
        found.periods[found.best > 0], best, strict=True)}
    truth = {"evenly": float(shop.rates[OLD:].mean()) * looks,
             "best known": looks * float(np.mean([of_best[p] for p in found.periods[later]]))}
    return {target: {"truth": round(true, 5), **{
        name: {"off": round(one["rate"] / true - 1, 4), "effective": round(one["effective"]),
               "holds_truth": one["interval"][0] < true < one["interval"][1]}
        for name, one in said[target].items() if name != "weight"}}
        for target, true in truth.items()}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
