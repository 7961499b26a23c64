"""What exploration costs in clicks, which good new items it finds, and what its log is good for.

A shop of items whose click rates are known, and of new ones that its ranking never shows. A click
takes a look at the place, and then a liking for the item. python -m bench.exploration
"""

import sys
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from bench.clock import report
from domain.exploration import (
    PRIOR_RATE,
    SOURCE,
    Budget,
    Numbers,
    Pool,
    chances,
    explore,
    posterior,
)
from domain.off_policy import Estimate, Logged, doubly_robust, ips, snips
from domain.ranking import Candidate

LISTS = 200_000
K = 10
OLD, NEW, GOOD = 200, 100, 10  # items; the first of the new ones are good
REFRESH = 500  # lists between two pools, as trends are rolled up
LOOKS = 1 / np.log2(np.arange(2, K + 2))  # chance of a look at each place
SEED = 11


@dataclass
class Shop:
    """Items and their true click rates, where looked at; new ones are numbered after the old.

    impressions, clicks: (NEW,) so far.   brought: clicks to be expected of each list.
    log: of what was explored: item, click, propensity.
    """

    draw: np.random.Generator
    rates: Numbers
    impressions: Numbers = field(default_factory=lambda: np.zeros(NEW))
    clicks: Numbers = field(default_factory=lambda: np.zeros(NEW))
    brought: list[float] = field(default_factory=list)
    log: list[tuple[int, float, float]] = field(default_factory=list)

    @classmethod
    def opened(cls) -> "Shop":
        """Old items like 1% to 15%, new ones as the poorer of them, the good ones 20%."""
        draw = np.random.default_rng(SEED)
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
        places = explore(ranked, pool, lambda _: False, K, budget, name)
        keys = np.array([place.candidate.key for place in places])
        odds = LOOKS * self.rates[keys]
        clicked = self.draw.random(K) < odds
        self.brought.append(float(odds.sum()))
        for place, click in zip(places, clicked, strict=True):
            if place.source == SOURCE:
                new = place.candidate.key - OLD
                self.impressions[new] += 1
                self.clicks[new] += click
                self.log.append((new, float(click), place.propensity))

    def found(self) -> Numbers:
        """(NEW,) is an item known by now to be clicked more than what is ranked, on average?"""
        alpha, beta = posterior(self.impressions, self.clicks, PRIOR_RATE)
        return np.asarray(alpha / (alpha + beta) > (LOOKS * self.rates[:K]).mean())


def main(lists: int = LISTS) -> None:
    """Play the same shop with several budgets; estimate another way to choose from the log."""
    shops = {share: played(lists, Budget(share)) for share in (0.0, 0.1, 0.2)}
    plain = np.mean(shops[0.0].brought)
    for_ever = np.concatenate([[0.2] * GOOD, shops[0.0].rates[:OLD]])[:K]
    report({
        "lists": lists, "new_items": NEW, "good": GOOD,
        "clicks_a_list_without": round(float(plain), 4),
        "clicks_a_list_if_all_were_found": round(float((LOOKS * for_ever).sum()), 4),
        "budgets": {str(share): {
            "clicks_lost_by_tenths": [round(1 - float(part.mean() / plain), 4)
                                      for part in np.array_split(shop.brought, 10)],
            "good_found": int(shop.found()[:GOOD].sum()),
            "others_taken_for_good": int(shop.found()[GOOD:].sum()),
        } for share, shop in shops.items() if share},
        "estimates": estimated(shops[0.1], Budget(0.1)),
    })


def played(lists: int, budget: Budget) -> Shop:
    """A shop after so many lists. Nothing that is found is ranked: the budget alone shows it."""
    shop = Shop.opened()
    ranked = [Candidate(key, float(shop.rates[key])) for key in range(K)]
    for n in tqdm(range(lists), desc=f"budget {budget.share:g}", unit="list", disable=None):
        if n % REFRESH == 0:
            pool = shop.pool()
        shop.show(ranked, pool, budget, f"list-{n}")
    return shop


def estimated(shop: Shop, budget: Budget) -> dict[str, dict[str, float]]:
    """Clicks per impression if new items were shown evenly, estimated and true.

    The model of DR: clicks per impression of each item in the first half, with the prior.
    """
    items, clicks, propensities = (np.array(part) for part in zip(*shop.log, strict=True))
    half = len(items) // 2
    alpha, beta = posterior(np.bincount(items[:half], minlength=NEW).astype(float),
                            np.bincount(items[:half], clicks[:half], NEW).astype(float), PRIOR_RATE)
    expected = alpha / (alpha + beta)
    later = items[half:]
    evenly = np.full(len(later), budget.places(K) / NEW)  # odds sum to the places, as those logged
    logged = Logged(clicks[half:], propensities[half:], evenly)
    truth = float(shop.rates[OLD:].mean() * LOOKS[budget.first - 1:].mean())
    found: dict[str, Estimate] = {
        "ips": ips(logged), "snips": snips(logged),
        "doubly_robust": doubly_robust(logged, expected[later],
                                       np.full(len(later), expected.mean()))}
    return {"truth": {"value": round(truth, 5)},
            "as_shown": {"value": round(float(logged.rewards.mean()), 5)},
            **{name: {"value": round(estimate.value, 5),
                      "off": round(estimate.value / truth - 1, 4),
                      "standard_error": round(estimate.standard_error, 5),
                      "effective": round(estimate.effective)} for name, estimate in found.items()}}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
