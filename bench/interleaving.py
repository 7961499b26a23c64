"""How few users tell two rankers apart when each sees both, and how often equal ones cry wolf.

python -m bench.interleaving
"""

import sys
from typing import Any

import numpy as np
from tqdm import tqdm

from bench.clock import report
from domain.evidence import ALPHA, MIN_USERS, Moments, Numbers, always_p, compare, p_of
from domain.interleaving import PLANNED_USERS, interleave
from domain.teams import A, B

RUNS = 800
USERS = 20_000  # in the order in which their windows end
ITEMS, PLACES, LISTS = 60, 10, 3
DRAFTS = 1_000  # made once by the coin, of which each list is one
SPREAD = 0.5  # of the logarithm of how often items are clicked
NOISE = 0.7  # of what rankers guess, in spreads of what items are worth
TOP = 5  # places: as many of each ranker's first come on a draft of ten
LIFT = (0.04, 0.06)  # of the better ranker's clicks, had everybody its list
SEED = 11


def main(runs: int = RUNS) -> None:
    """Play the runs; print shares of them."""
    draw = np.random.default_rng(SEED)
    alarms = {"items_alike": 0, "rankers_alike": 0}
    for _ in tqdm(range(runs), desc="A/A", unit="run", disable=None):
        alarms["items_alike"] += bool(_found(*Shop(draw, 0.0).interleaved()))
        shop = Shop(draw, SPREAD)
        shop.b = shop.a
        alarms["rankers_alike"] += bool(_found(*shop.interleaved()))
    report({
        "runs": runs, "users": USERS, "lists_a_user": LISTS, "places": PLACES,
        "false_alarms": {name: round(count / runs, 4) for name, count in alarms.items()},
        "better_from_the_top": compared(draw, runs // 8, (TOP, PLACES)),
        "better_over_all_places": compared(draw, runs // 8, (PLACES,)),
    })


def compared(draw: np.random.Generator, runs: int, places: tuple[int, ...]) -> dict[str, Any]:
    """Of shops whose second ranker is better by `LIFT` on so many first places."""
    after: dict[str, list[float]] = {"interleaving": [], "a_b": []}
    for _ in tqdm(range(runs), desc=f"better on {places}", unit="run", disable=None):
        shop = Shop(draw, SPREAD)
        while not all(LIFT[0] < shop.lift(n) < LIFT[1] for n in places):
            shop = Shop(draw, SPREAD)
        after["interleaving"].append(_found(*shop.interleaved()))
        after["a_b"].append(_found(*shop.apart()))
    # Who is not found within all users counts as found after them.
    half = {name: float(np.median([n if n > 0 else USERS for n in found]))
            for name, found in after.items()}
    return {"found": {name: round(sum(n > 0 for n in found) / runs, 3)
                      for name, found in after.items()},
            "found_against": {name: round(sum(n < 0 for n in found) / runs, 3)
                              for name, found in after.items()},
            "after_users_median": half, "ratio": round(half["a_b"] / half["interleaving"], 1)}


def _found(p: Numbers, lean: Numbers) -> int:
    """Users after which the second is found better, below 0 if it is found worse; 0 = neither."""
    seen = np.flatnonzero(p <= ALPHA)
    return int((seen[0] + 1) * np.sign(lean[seen[0]])) if len(seen) else 0


class Shop:
    """Items of which some are clicked more, and two rankers who guess which.

    spread: of the logarithm of how often items are clicked.
    """

    def __init__(self, draw: np.random.Generator, spread: float) -> None:
        self._draw = draw
        worth = draw.normal(size=ITEMS)
        self._clicked = 0.1 * np.exp(spread * worth)  # the chance of a click, on the first place
        self.a, self.b = (np.argsort(-(worth + NOISE * draw.normal(size=ITEMS)))[:PLACES]
                          for _ in range(2))
        self._seen = 1 / np.log2(np.arange(PLACES) + 2)
        # Some users click on much and most on little, whoever ranks.
        self._liking = draw.gamma(1.0, size=USERS)

    def lift(self, n: int) -> float:
        """Of the second ranker's first n places over the first one's."""
        of_a, of_b = (float(self._clicked[items[:n]] @ self._seen[:n])
                      for items in (self.a, self.b))
        return of_b / of_a - 1

    def interleaved(self) -> tuple[Numbers, Numbers]:
        """(users,) p after every user, who sees drafts, and how far the second is preferred."""
        seeds = [str(self._draw.random()) for _ in range(DRAFTS // 2)]
        # Each with its mirror image: what the coin did of a thousand times must not be found.
        drafts = [interleave(one, other, PLACES, seed) for one, other in (
            (self.a.tolist(), self.b.tolist()), (self.b.tolist(), self.a.tolist()))
            for seed in seeds]
        items = np.array([[slot.key for slot in slots] for slots in drafts])
        sides = np.array([[(slot.team == A) - (slot.team == B) for slot in slots]
                          for slots in drafts])
        sides[len(seeds):] *= -1
        chosen = self._draw.integers(len(drafts), size=(USERS, LISTS))
        wins = np.sign((self._clicks(items[chosen]) * sides[chosen]).sum(2)).mean(1) / 2
        users = np.arange(1, USERS + 1)
        mean = wins.cumsum() / users
        spread = (wins**2).cumsum() / users - mean**2
        with np.errstate(divide="ignore", invalid="ignore"):
            p = p_of(mean, spread / (users - 1), users, ALPHA, PLANNED_USERS)
        return np.where(users < MIN_USERS, 1.0, p), -mean

    def apart(self) -> tuple[Numbers, Numbers]:
        """(users,) the same of users of whom half sees each ranker's own list."""
        is_treated = self._draw.random(USERS) < 0.5
        shown = np.where(is_treated[:, None], self.b, self.a)[:, None].repeat(LISTS, 1)
        clicks = self._clicks(shown).sum((1, 2)).astype(float)
        before = self._clicks(self.a[None, None].repeat(LISTS, 1).repeat(USERS, 0)).sum((1, 2))
        groups = []
        for group in (~is_treated, is_treated):
            y, x = clicks * group, before * group
            groups.append(Moments(*(part.cumsum() for part in (
                group.astype(float), y, x, y * y, x * x, x * y))))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = compare(*groups)
            p = always_p(found)
        is_early = np.minimum(groups[0].n, groups[1].n) < MIN_USERS
        return np.where(is_early, 1.0, p), found.treated - found.control

    def _clicks(self, items: np.ndarray) -> np.ndarray:
        """(users, lists, places) of items -> which are clicked."""
        chance = self._clicked[items] * self._seen * self._liking[:, None, None]
        clicked: np.ndarray = self._draw.random(items.shape) < chance
        return clicked


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
