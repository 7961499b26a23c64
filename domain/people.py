"""What is known of users by their tags alone: since when, and on how many different items."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.defence import NEW, PASSING, REGULAR, Defence
from domain.places import find, lacking
from domain.row import Keys

MAX_PEOPLE = 1_000_000  # 16 bytes each
REMEMBERED_MIN = 30 * 24 * 60
_MARKS = np.uint64(32)

Minutes = NDArray[np.uint32]


class People(NamedTuple):
    """users: (N,) tags, sorted.   first, last: (N,) minutes, by our clock.

    items: (N,) a mark for each item, 32 kinds of them: 3 different items have 3 marks in 91% of
           cases, and a fourth then.
    """

    users: NDArray[np.uint32]
    first: Minutes
    last: Minutes
    items: NDArray[np.uint32]

    def met(self, users: NDArray[np.int64], items: Keys, minute: int) -> "People":
        """After these users (n,) did something with these items (n,)."""
        tags = users.astype(np.uint32)
        new, slots = lacking(self.users, tags)
        everybody = np.insert(self.users, slots, new)
        first, last = (np.insert(part, slots, minute) for part in (self.first, self.last))
        marks = np.insert(self.items, slots, 0)
        places = np.searchsorted(everybody, tags)
        last[places] = minute
        np.bitwise_or.at(marks, places, np.uint32(1) << (items % _MARKS).astype(np.uint32))
        return People(everybody, first, last, marks)._bounded(minute)

    def levels(
        self, users: NDArray[np.int64], minute: int, rules: Defence
    ) -> NDArray[np.int64]:
        """(n,) what each of these is: passing, new or regular. Who is not known is passing."""
        places, is_known = find(self.users, users.astype(np.uint32))
        level = np.full(len(users), PASSING)
        places = places[is_known]
        is_broad = np.bitwise_count(self.items[places]) >= rules.broad_items
        is_old = minute - self.first[places].astype(np.int64) >= 60 * rules.regular_h
        level[is_known] = np.where(is_broad, np.where(is_old, REGULAR, NEW), PASSING)
        return level

    def _bounded(self, minute: int) -> "People":
        kept = self.last.astype(np.int64) > minute - REMEMBERED_MIN
        if kept.sum() > MAX_PEOPLE:  # a tenth more goes, so that this is not done every time
            worth = np.lexsort((self.last, np.bitwise_count(self.items)))
            kept[worth[:len(kept) - int(0.9 * MAX_PEOPLE)]] = False
        return People(self.users[kept], self.first[kept], self.last[kept], self.items[kept])


def nobody() -> People:
    """Before the first user."""
    return People(*(np.zeros(0, np.uint32) for _ in range(4)))
