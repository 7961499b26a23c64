"""How often experiments of equal variants cry wolf though somebody looks at every user.

python -m bench.experiments
"""

import sys

import numpy as np
from tqdm import tqdm

from bench.clock import report
from domain.evidence import (
    ALPHA,
    MIN_USERS,
    Comparison,
    Moments,
    Numbers,
    always_p,
    always_radius,
    compare,
    once_radius,
)

RUNS = 2_000
USERS = 10_000  # of both groups, in the order in which their windows end
SEED = 7


def main(runs: int = RUNS) -> None:
    """Play the runs; print shares of them."""
    draw = np.random.default_rng(SEED)
    alarms = dict.fromkeys(("always", "always_raw", "once_at_every_look", "once_at_the_end"), 0)
    missed, kept, found_after = 0, [], list[int]()
    for _ in tqdm(range(runs), desc="A/A", unit="run", disable=None):
        looks, raw = played(draw, 0.0)
        beyond = abs(looks.treated - looks.control) / np.sqrt(looks.variance)
        alarms["always"] += bool((always_p(looks) <= ALPHA).any())
        alarms["always_raw"] += bool((always_p(raw) <= ALPHA).any())
        alarms["once_at_every_look"] += bool((beyond > once_radius(ALPHA)).any())
        alarms["once_at_the_end"] += bool(beyond[-1] > once_radius(ALPHA))
    for _ in tqdm(range(runs // 10), desc="a lift of 10%", unit="run", disable=None):
        looks, _ = played(draw, 0.1)
        seen = np.flatnonzero(always_p(looks) <= ALPHA)
        found_after += [int(looks.users[seen[0]])] if len(seen) else []
        radius = always_radius(looks.users, ALPHA) * np.sqrt(looks.lift_variance)
        missed += bool((abs(looks.lift - 0.1) > radius).any())
        kept.append(float(looks.kept[-1]))
    report({
        "runs": runs, "users": USERS, "looks_a_run": len(looks.users),
        "false_alarms": {name: round(count / runs, 4) for name, count in alarms.items()},
        "lift_of_10_percent": {
            "found": round(len(found_after) / (runs // 10), 3),
            "after_users_median": int(np.median(found_after)) if found_after else None,
            "ever_outside_its_interval": round(missed / (runs // 10), 3)},
        "variance_kept_by_cuped": round(float(np.mean(kept)), 3),
    })


def played(draw: np.random.Generator, lift: float) -> tuple[Comparison, Comparison]:
    """One experiment as it looks after every user, adjusted for what was before and not.

    Clicks of a user: Poisson around a liking that stays, itself exponential: a fifth of the users
    do half of all.
    """
    liking = 3 * draw.gamma(1.0, size=USERS)
    is_treated = draw.random(USERS) < 0.5
    before = draw.poisson(liking).astype(float)
    after = draw.poisson(liking * np.where(is_treated, 1 + lift, 1.0)).astype(float)
    control, treated = (_running(after, before, group) for group in (~is_treated, is_treated))
    enough = np.minimum(control.n, treated.n) >= MIN_USERS
    control, treated = (Moments(*(part[enough] for part in each)) for each in (control, treated))
    return compare(control, treated), compare(*(each._replace(
        x=0 * each.x, xx=0 * each.xx, xy=0 * each.xy) for each in (control, treated)))


def _running(after: Numbers, before: Numbers, group: np.ndarray) -> Moments:
    """The sums of one group after every user of both."""
    y, x = after * group, before * group
    return Moments(*(part.cumsum() for part in (group.astype(float), y, x, y * y, x * x, x * y)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
