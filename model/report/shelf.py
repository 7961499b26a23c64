"""What is known of the items of a catalogue when a test begins."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.key import item_key
from domain.row import RowIndex, Rows
from domain.snapshot import CatalogSnapshot
from model.answers import Reals
from model.histories import Histories

NO_CATEGORY = 0


class Shelf(NamedTuple):
    """By row; row 0 is no item.

    categories: (N + 1, W) int32 numbers, then 0.   names: of the numbers; the first is of 0.
    events:     (N + 1,) of each before the test.   people: (N + 1,) int64 who did them, of `users`.
    """

    categories: NDArray[np.int32]
    names: tuple[str, ...]
    events: Rows
    people: Rows
    users: int

    @property
    def popularity(self) -> Reals:
        """(N + 1,) share of the users who had to do with it."""
        return self.people / max(1, self.users)


def shelf_of(catalog: CatalogSnapshot, index: RowIndex, known: Histories) -> Shelf:
    """A catalogue by its categories, or where it has none by its tags, and what was done."""
    events, people = (np.zeros(len(index) + 1, np.int64) for _ in range(2))
    for block in known.blocks():
        rows = index.rows(block.columns.item)
        events += np.bincount(rows, minlength=len(events))
        once = np.unique(block.owner * len(people) + rows)
        people += np.bincount(once % len(people), minlength=len(people))
    events[0] = people[0] = 0
    return Shelf(*_categories(catalog, index), events, people, len(known))


def _categories(
    catalog: CatalogSnapshot, index: RowIndex
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    said: dict[str, list[tuple[int, list[str]]]] = {"categories": [], "tags": []}
    for facts in catalog:
        for field, items in said.items():
            if found := facts.get(field):
                items.append((item_key(facts["item_id"]), sorted(set(found))))
    items = said["categories"] or said["tags"]
    names = sorted({name for _, found in items for name in found})
    numbers = {name: number for number, name in enumerate(names, start=1)}
    table = np.zeros((len(index) + 1, max((len(found) for _, found in items), default=1)), np.int32)
    for key, found in items:
        table[index.row(key), :len(found)] = [numbers[name] for name in found]
    table[0] = NO_CATEGORY
    return table, ("", *names)
