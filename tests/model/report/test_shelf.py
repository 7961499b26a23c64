"""What is known of items when a test begins."""

import numpy as np

from domain.catalog import Item
from domain.key import item_key
from domain.row import RowIndex
from domain.snapshot import EMPTY, CatalogSnapshot
from model.report.shelf import shelf_of
from tests.model.scene import history, index_of, packed


def catalogue(**facts: dict[str, list[str]]) -> CatalogSnapshot:
    return EMPTY.updated(Item(item_id, {"item_id": item_id, **said}, 0)
                         for item_id, said in facts.items())


def index(*item_ids: str) -> RowIndex:
    return RowIndex(np.array([item_key(item_id) for item_id in item_ids], np.uint64))


def test_events_and_people_are_counted_by_item() -> None:
    known = packed(history((1, 1), (2, 1), (3, 2)), history((1, 1), (2, 9)))

    found = shelf_of(EMPTY, index_of(3), known)

    assert found.events.tolist() == [0, 3, 1, 0]
    assert found.people.tolist() == [0, 2, 1, 0]
    assert found.popularity.tolist() == [0, 1, 0.5, 0]


def test_categories_are_numbered_by_name_and_repeats_count_once() -> None:
    said = catalogue(x={"categories": ["war", "art", "war"]}, y={"categories": ["war"]}, z={},
                     stranger={"categories": ["zoo"]})

    found = shelf_of(said, index("z", "y", "x"), packed())

    named = [{found.names[number] for number in row if number} for row in found.categories]
    assert named == [set(), set(), {"war"}, {"art", "war"}]
    assert found.popularity.tolist() == [0, 0, 0, 0]


def test_a_catalogue_without_categories_is_told_apart_by_tags() -> None:
    said = catalogue(x={"tags": ["new"]}, y={})

    assert shelf_of(said, index("x", "y"), packed()).names == ("", "new")


def test_categories_come_before_tags() -> None:
    said = catalogue(x={"tags": ["new"]}, y={"categories": ["war"]})

    assert shelf_of(said, index("x", "y"), packed()).names == ("", "war")
