"""How often a candidate that harms nobody is taken back, and how soon one is that does.

python -m bench.rollouts
"""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bench.clock import report
from domain.calls import GROUPS, Both, Counts
from domain.rollout import GO_ON, LEAVE, PATIENCE_MS, STEPS, WAIT, Rollout, Verdict, decide
from functions.sides import TELL_S

RUNS = 1_000
LOOK_MS = round(1000 * TELL_S)  # each telling of a copy is a look as well
FAILS, EMPTY, NEW = 0.001, 0.002, 0.3  # of calls; of users
TIMES = [0, 0.3, 0.4, 0.2, 0.08, 0.015, 0.004, 0.001, 0, 0, 0]  # shares of `calls.TOOK_MS`

Weights = NDArray[np.float64]


class Harm(NamedTuple):
    """What a candidate does. fails, empty: to so many calls. clicks: it keeps so many of.

    slower: by how many bounds of `calls.TOOK_MS`, each twice the one before.
    """

    fails: float = FAILS
    empty: float = EMPTY
    clicks: float = 1.0
    slower: int = 0


NONE = Harm()
HARMS = {"fails always": Harm(fails=1.0), "fails 5%": Harm(fails=0.05),
         "empty 10%": Harm(empty=0.1), "4 times as slow": Harm(slower=2),
         "half of the clicks": Harm(clicks=0.5)}


class Users:
    """Some ask for much more than others, three of ten are new, each has its inclination to click.

    lot: (n,) by which they fall to a side. So sides differ, though no model does anything.
    """

    def __init__(self, dice: np.random.Generator) -> None:
        self.dice, n = dice, int(10 ** dice.uniform(2, 4.5))
        self.a_minute = 10 ** dice.uniform(0.5, 4)
        asks = dice.lognormal(0, 1, n)
        self.asks, self.lot = asks / asks.sum(), dice.random(n)
        self.is_new, self.clicks = dice.random(n) < NEW, dice.beta(0.5, 4.5, n)
        self.group = dice.integers(0, GROUPS, n)

    def side(self, chosen: NDArray[np.bool_], harm: Harm, look_ms: int) -> Callable[[], Counts]:
        """What those do who are on it from one look to the next, whenever it is called."""
        dice, asks = self.dice, self.asks * chosen

        def by_group(weights: Weights) -> Weights:
            return np.asarray(np.bincount(self.group, weights, GROUPS), np.float64)

        whole = np.maximum(by_group(asks), 1e-12)
        new, click = by_group(asks * self.is_new) / whole, by_group(asks * self.clicks) / whole
        times = np.roll(TIMES, harm.slower)

        def look() -> Counts:
            calls = dice.poisson(self.a_minute * look_ms / 60_000 * whole)
            lists = dice.binomial(calls, 1 - harm.fails)
            n, all_ = int(lists.sum()), int(calls.sum())
            found = (lists, *(dice.binomial(lists, np.minimum(p, 1)) for p in
                              (new, np.full(GROUPS, harm.empty), click * harm.clicks)))
            return Counts((all_,), (all_ - n,), tuple(map(int, dice.multinomial(n, times))),
                          *(tuple(map(int, one)) for one in found))

        return look


def played(
    seed: int, harm: Harm = NONE, look_ms: int = LOOK_MS
) -> Iterator[tuple[Verdict, float]]:
    """Every look at one rollout and its minute.

    To 100 to 30,000 users who ask 3 to 10,000 times a minute.
    """
    users = Users(np.random.default_rng(seed))
    rollout: Rollout | None = Rollout(f"{seed:016x}", STEPS[0], 0, 0)
    now_ms = 0
    while rollout:
        chosen = users.lot < rollout.share
        candidate, stable, seen = (
            users.side(chosen, harm, look_ms), users.side(~chosen, NONE, look_ms), Both())
        until_ms, found = now_ms + PATIENCE_MS, Verdict(WAIT, "")
        while found.act == WAIT and now_ms < until_ms:
            now_ms += look_ms
            seen += Both(candidate(), stable())
            found = decide(rollout, seen, now_ms)
            yield found, now_ms / 60_000
        rollout = rollout.next(now_ms) if found.act == GO_ON else None


def ended(harm: Harm, runs: int, name: str) -> dict[str, Any]:
    """How many were taken back, and after how many minutes."""
    found = list[float]()
    for seed in tqdm(range(runs), desc=name, unit="rollout", disable=None):
        last, minutes = deque(played(seed, harm), maxlen=1).pop()
        found += [minutes] if last.act == LEAVE else []
    return {"rollouts": runs, "taken_back": len(found),
            "after_minutes_median": round(float(np.median(found)), 1) if found else None,
            "in_the_first_minute": sum(minutes <= 1 for minutes in found)}


def main(runs: int = RUNS) -> None:
    """Play healthy ones, and a tenth as many of each harm."""
    report({"healthy": ended(NONE, runs, "healthy"),
            **{name: ended(harm, runs // 10, name) for name, harm in HARMS.items()}})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
