"""Honest visitors of a made-up shop, and accounts that are made to push something in it.

Both are rows of `domain.touches.TOUCH`. Users are numbers, fake ones from `FAKE` on; items are
numbers, the most liked first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.touches import TOUCH, Touches
from domain.vocabulary import DEFAULT_TYPES

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
START_MS = 20_000 * DAY_MS
FAKE = 2**31
STAY = 0.3  # of new visitors, who come again. source: assumed, as all of the shop
LEAVE = 0.1  # of those who come again, who stop each day
STRENGTHS = {kind.code: kind.strength(None) for kind in DEFAULT_TYPES}
CODES = {kind.name: kind.code for kind in DEFAULT_TYPES}
DOES = {"view": .72, "click": .16, "add_to_cart": .05, "purchase": .02, "like": .03, "dislike": .02}


@dataclass(frozen=True)
class Shop:
    """new: of visits are by somebody never seen before.   length: events of a visit, geometric.

    spread: how much items differ in whether newcomers or others like them, log normal.
    """

    days: int = 5
    events_a_day: int = 50_000
    items: int = 2_000
    new: float = 0.5
    length: float = 5.0
    spread: float = 0.5
    seed: int = 11

    @property
    def end_ms(self) -> int:
        """When the last day is over."""
        return START_MS + self.days * DAY_MS


def acts(users: ArrayLike, items: ArrayLike, at_ms: ArrayLike, codes: ArrayLike) -> Touches:
    """Events of these users."""
    found = np.zeros(np.broadcast(users, items, at_ms, codes).shape, TOUCH)
    found["user"], found["item"], found["at_ms"], found["type"] = users, items, at_ms, codes
    found["strength"] = np.array([round(16 * STRENGTHS.get(code, 0)) / 16 for code in range(9)])[
        found["type"]]
    found["kept"] = 1
    return found


def in_time(*parts: Touches) -> Touches:
    """All of them, in the order in which they happen, each under an id of its own."""
    found = np.concatenate(parts)
    found = found[np.argsort(found["at_ms"], kind="stable")]
    found["tag"] = np.arange(len(found))
    return found


def visitors(shop: Shop) -> Touches:
    """Everything honest that happens in a shop."""
    chance = np.random.default_rng(shop.seed)
    liked = 1 / np.arange(1, shop.items + 1)
    found = liked * np.exp(chance.normal(0, shop.spread, shop.items))
    visits, met = int(shop.events_a_day / shop.length), 0
    known, days = np.zeros(0, np.int64), []
    for day in range(shop.days):
        if not day:
            known = np.arange(2 * visits)
        is_new = chance.random(visits) < shop.new
        met = max(met, len(known)) + int(is_new.sum())
        fresh = np.arange(met - int(is_new.sum()), met)
        busy = chance.pareto(1.5, len(known)) + 0.2
        users = chance.choice(known, visits, p=busy / busy.sum())
        users[is_new] = fresh
        part = chance.random(visits)
        began = START_MS + ((day + part + np.sin(2 * np.pi * part) / 10) * DAY_MS).astype(np.int64)
        for who, taste in ((is_new, found), (~is_new, liked)):
            days.append(walk(chance, users[who], began[who], taste, shop.length))
        known = np.concatenate([known[chance.random(len(known)) >= LEAVE],
                                fresh[chance.random(len(fresh)) < STAY]])
    return in_time(*days)


def walk(
    chance: np.random.Generator, users: NDArray[np.int64], began_ms: NDArray[np.int64],
    taste: NDArray[np.float64], length: float,
) -> Touches:
    """A visit of each user: some events on items, chosen as liked, 15 to 60 seconds apart."""
    lengths = chance.geometric(1 / length, len(users))
    place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at_ms = np.repeat(began_ms, lengths) + place * chance.integers(15_000, 60_000, len(place))
    items = chance.choice(len(taste), len(place), p=taste / taste.sum())
    codes = chance.choice([CODES[name] for name in DOES], len(place), p=list(DOES.values()))
    return acts(np.repeat(users, lengths), items, at_ms, codes)
