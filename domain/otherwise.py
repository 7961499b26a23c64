"""The log's impressions -> what they brought, and what exploring in another way would have.

Within a period, by default a day, items that were explored are taken for the pool of each of its
lists. A list is one draw of as many items as it showed of them. What is known of an item is what
the periods before say: nothing is judged by the clicks that it was learned from.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.evidence import ALPHA, once_radius
from domain.exploration import FLOOR, POOL, PRIOR_RATE, Numbers, posterior
from domain.off_policy import Estimate, Logged, Shown, doubly_robust, ips, snips

LEAST = FLOOR / POOL * (1 - 1e-5)  # odds below are none that a list gives, but for their digits


class Otherwise(NamedTuple):
    """Of n impressions that were explored: what would have been, item by item.

    periods: that they are of, 0 = the first.   expected: the rate expected of what was shown.
    evenly, best: odds of the item, were all of its period shown evenly, or the best known alone;
    of_evenly, of_best: the rate to be expected of a place then.
    """

    rewards: Numbers
    propensities: Numbers
    lists: NDArray[np.int64]
    periods: NDArray[np.int64]
    expected: Numbers
    evenly: Numbers
    of_evenly: Numbers
    best: Numbers
    of_best: Numbers

    @classmethod
    def of(cls, shown: Sequence[Shown], period_ms: int) -> "Otherwise":
        """cost: a pass for each period."""
        items, drawn = ids([s.item_id for s in shown]), ids([s.recommendation_id for s in shown])
        whole = ids([(s.subject, s.recommendation_id) for s in shown])
        periods = ids([s.at_ms // period_ms for s in shown])
        clicks = np.array([s.clicked for s in shown], np.float64)
        found = cls(clicks, np.array([s.propensity for s in shown], np.float64), drawn, periods,
                    *(np.zeros(len(shown)) for _ in range(5)))
        n_of = np.bincount(whole)[whole]  # explored places of the list
        for period in range(int(periods.max(initial=-1)) + 1):
            now, before = periods == period, periods < period
            known = rates(items[before], clicks[before], int(items.max()) + 1)
            pool, place = np.unique(items[now], return_inverse=True)
            found.expected[now] = known[items[now]]
            for n in np.unique(n_of[now]).tolist():
                those = np.flatnonzero(now)[n_of[now] == n]
                where = place[n_of[now] == n]
                for odds, of, told in ((evenly(known[pool], n), found.of_evenly, found.evenly),
                                       (best(known[pool], n), found.of_best, found.best)):
                    told[those] = odds[where]
                    of[those] = odds @ known[pool] / odds.sum()
        return found


def evenly(known: Numbers, n: int) -> Numbers:
    """(m,) odds of each item to be among n, were they drawn evenly."""
    return np.full(len(known), min(1.0, n / len(known)))


def best(known: Numbers, n: int) -> Numbers:
    """(m,) 1 for the n of which most is known to be expected, 0 for all others."""
    odds = np.zeros(len(known))
    odds[np.argsort(-known, kind="stable")[:n]] = 1.0
    return odds


def rates(items: NDArray[np.int64], clicks: Numbers, n: int) -> Numbers:
    """(n,) clicks per impression to be expected of each item, from what was seen."""
    mean = float(clicks.mean()) if clicks.any() else PRIOR_RATE
    alpha, beta = posterior(np.bincount(items, minlength=n).astype(float),
                            np.bincount(items, clicks, n).astype(float), mean)
    return np.asarray(alpha / (alpha + beta), np.float64)


def ids(names: Sequence[Any]) -> NDArray[np.int64]:
    """(n,) a number for each, from 0, in the order of what they name."""
    numbers = {name: n for n, name in enumerate(sorted(set(names)))}
    return np.array([numbers[name] for name in names], np.int64)


def told(shown: Sequence[Shown], period_ms: int) -> dict[str, Any]:
    """Every number of a report, as JSON holds it; None where there is nothing yet to say."""
    sure = [float(s.clicked) for s in shown if s.propensity == 1]
    drawn = [s for s in shown if LEAST <= s.propensity < 1]
    found = Otherwise.of(drawn, period_ms)
    later = found.periods > 0
    return {
        "ranked": {"impressions": len(sure), "rate": sum(sure) / len(sure) if sure else None},
        "explored": {"impressions": len(drawn), "items": len({s.item_id for s in drawn}),
                     "periods": int(found.periods.max(initial=-1)) + 1},
        "impossible": sum(s.propensity < LEAST for s in shown),
        "targets": {
            "as shown": _mean(found.rewards, found.lists),
            "evenly": _estimates(found, found.evenly, found.of_evenly, later | True),
            "best known": _estimates(found, found.best, found.of_best, later),
        },
    }


def _mean(rewards: Numbers, lists: NDArray[np.int64]) -> dict[str, Any] | None:
    if not len(rewards):
        return None
    always = np.ones(len(rewards))
    return {"weight": 1.0, "mean": _estimate(ips(Logged(rewards, always, always, lists)))}


def _estimates(
    found: Otherwise, target: Numbers, expected_of_target: Numbers, of: NDArray[np.bool_]
) -> dict[str, Any] | None:
    """None where the log says nothing of the target."""
    if not target[of].any():
        return None
    logged = Logged(found.rewards[of], found.propensities[of], target[of], found.lists[of])
    robust = doubly_robust(logged, found.expected[of], expected_of_target[of])
    return {"weight": float(logged.weights().mean()),
            **{name: _estimate(one) for name, one in (
                ("ips", ips(logged)), ("snips", snips(logged)), ("doubly robust", robust))}}


def _estimate(found: Estimate) -> dict[str, Any] | None:
    if not np.isfinite(found.standard_error):
        return None
    radius = once_radius(ALPHA) * found.standard_error
    return {"rate": found.value, "interval": [found.value - radius, found.value + radius],
            "effective": found.effective}
