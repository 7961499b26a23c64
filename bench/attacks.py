"""Fake accounts, a kind each, that push one item with 1% of a shop's events of the last day.

And honest things that look like it: an item that everybody takes up, and one that is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.crowds import CODES, DAY_MS, Shop, acts, in_time, walk
from domain.touches import Touches

FAKE = 2**31  # users from here on are fake
PART = 0.01
MOST_LIKED, LIKED, ORDINARY = 9, 99, 999  # places among items, from 0
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Attack:
    """events: of the accounts.   item: what they push, or bury.   after: the item before it.

    is_honest: they are no fake accounts, but what must not be taken for them.
    """

    name: str
    item: int
    events: Touches
    after: int | None = None
    is_honest: bool = False


class Accounts:
    """Makes attacks on one shop; `n` events each, on its last day unless they say otherwise."""

    def __init__(self, shop: Shop) -> None:
        self._chance = np.random.default_rng(shop.seed + 1)
        self._end_ms, self._new_item = shop.end_ms, shop.items
        self._n = int(PART * shop.events_a_day)

    def main(self, item: int = ORDINARY, kind: str = "click", name: str = "") -> Attack:
        """So many accounts, one event each: what is cheapest, and looks most like visitors."""
        return Attack(name or f"an account a {kind}", item, self._push(self._n, item, kind))

    def all(self) -> Iterator[Attack]:
        """Every attack there is here."""
        n, day_ms = self._n, DAY_MS
        yield self.main()
        yield self.main(self._new_item, name="the same on a new item")
        yield self.main(LIKED, name="the same on the 100th item")
        yield self.main(MOST_LIKED, name="the same on the 10th item")
        yield self.main(kind="purchase")
        yield self.main(MOST_LIKED + 10, "dislike", "an account a dislike, of the 20th item")
        yield Attack("all within the last hour", ORDINARY,
                     self._push(n, ORDINARY, "click", HOUR_MS))
        yield Attack("as much every day for three days", ORDINARY,
                     self._push(3 * n, ORDINARY, "click", 3 * day_ms))
        for few in (10, 100):
            yield Attack(f"{few} accounts, {n // few} clicks each", ORDINARY,
                         self._push(n, ORDINARY, "click", users=few))
        quarter = self._push(n // 4, ORDINARY, "click")
        yield Attack("three views of liked items first, then the click", ORDINARY,
                     in_time(*self._disguised(quarter, 0), quarter))
        yield Attack("the views two days before", ORDINARY,
                     in_time(*self._disguised(quarter, 2 * DAY_MS), quarter))
        steady = self._push(n, ORDINARY, "click", users=50)
        early = list(self._disguised(steady[:50], 2 * DAY_MS))
        yield Attack(f"50 accounts, views two days before, then {n // 50} clicks each", ORDINARY,
                     in_time(*early, steady))
        half = self._push(n // 2, ORDINARY, "click", users=50)
        yield Attack("the same, and as many clicks on other items", ORDINARY,
                     in_time(*early, half, self._elsewhere(half)))
        yield from (self._pairs(item) for item in (ORDINARY, LIKED))

    def _push(
        self, n: int, item: int, kind: str, span_ms: int = DAY_MS, users: int = 0
    ) -> Touches:
        at_ms = np.sort(self._chance.integers(self._end_ms - span_ms, self._end_ms, n))
        return acts(FAKE + np.arange(n) % (users or n), item, at_ms, CODES[kind])

    def _disguised(self, push: Touches, ahead_ms: int) -> Iterator[Touches]:
        """Before each push, so long ahead, its account views three of the fifty most liked."""
        for place in range(3):
            yield acts(push["user"], self._chance.integers(0, 50, len(push)),
                       push["at_ms"] - ahead_ms - (place + 1) * 20_000, CODES["view"])

    def _elsewhere(self, push: Touches) -> Touches:
        """A minute before each push its account clicks something else."""
        return acts(push["user"], self._chance.integers(0, 500, len(push)),
                    push["at_ms"] - 60_000, CODES["click"])

    def _pairs(self, item: int) -> Attack:
        """After the 50th item, another one."""
        second = self._push(self._n // 2, item, "click")
        first = second.copy()
        first["item"], first["at_ms"] = 49, first["at_ms"] - 20_000
        return Attack(f"the 50th item, then number {item + 1}", item, in_time(first, second), 49)


def taken_up(shop: Shop, honest: Touches) -> Attack:
    """5% more visitors for six hours, all for one item: 3 of 10 known, the others new.

    Of the new ones 4 of 10 walk on, the others leave. source: assumed
    """
    chance, n = np.random.default_rng(shop.seed + 2), int(0.05 * shop.events_a_day)
    at_ms = np.sort(chance.integers(shop.end_ms - 6 * HOUR_MS, shop.end_ms, n))
    known = honest["user"][chance.integers(0, len(honest), n)]
    users = np.where(chance.random(n) < 0.3, known, FAKE + np.arange(n))
    stay = (users >= FAKE) & (chance.random(n) < 0.4)
    liked = 1 / np.arange(1, shop.items + 1)
    return Attack("an item that everybody takes up", LIKED, in_time(
        acts(users, LIKED, at_ms, CODES["click"]),
        walk(chance, users[stay], at_ms[stay] + 20_000, liked, shop.length)), is_honest=True)


def launched(shop: Shop, honest: Touches) -> Attack:
    """A new item that takes 2% more of what is done on the last day, by whoever is there."""
    chance = np.random.default_rng(shop.seed + 3)
    last = honest[honest["at_ms"] >= shop.end_ms - DAY_MS]
    chosen = last[chance.random(len(last)) < 0.02].copy()
    chosen["item"] = shop.items
    return Attack("a new item, launched", shop.items, chosen, is_honest=True)
