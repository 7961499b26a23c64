"""Items that a model was not trained with."""

import numpy as np

from domain import newcomers
from domain.catalog import Item
from domain.content import Content
from domain.key import item_key, label_key
from domain.newcomers import Newcomers
from domain.places import find
from domain.row import RowIndex
from domain.snapshot import EMPTY

KNOWN = RowIndex(np.array([item_key("old")], np.uint64))
CONTENT = Content(np.array([label_key("tags", "jazz")], np.uint64), np.ones((1, 4), np.float32), 10)


def test_who_is_available_and_has_no_row_is_one() -> None:
    catalogue = EMPTY.updated([
        Item("old", {"item_id": "old"}, 20), Item("new", {"item_id": "new", "tags": ["jazz"]}, 10),
        Item("gone", {"item_id": "gone", "available": False}, 20)])

    found = Newcomers.of(CONTENT, KNOWN, catalogue)

    assert found.keys.tolist() == [item_key("new")]
    assert found.vectors.tolist() == [[0.5] * 4]
    assert find(found.keys, np.array([1, item_key("new")], np.uint64))[1].tolist() == [False, True]


def test_what_did_not_change_since_training_is_not_looked_at() -> None:
    early = EMPTY.updated([Item("was there", {"item_id": "was there"}, 9)])

    assert not len(Newcomers.of(CONTENT, KNOWN, early).keys)


def test_of_too_many_the_newest_are_kept() -> None:
    made = [Item(f"i{n}", {"item_id": f"i{n}"}, 20 + n) for n in range(newcomers.MOST + 3)]

    found = Newcomers.of(CONTENT, KNOWN, EMPTY.updated(made))

    assert set(found.keys.tolist()) == {item.key for item in made[3:]}
    assert (np.diff(found.keys) > 0).all()
