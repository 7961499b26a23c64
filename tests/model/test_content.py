"""What the catalogue says of rows, and of items that come later."""

import numpy as np
import pytest
import torch

from domain.catalog import Item
from domain.content import MAX_LABELS, Content
from domain.row import RowIndex
from domain.snapshot import EMPTY, CatalogSnapshot
from model.config import TrainConfig
from model.content import frequent, labels
from model.network import ItemTower
from tests.model.scene import named


def catalogue(**facts: object) -> CatalogSnapshot:
    return EMPTY.updated(
        Item(item_id, {"item_id": item_id, **told}, 1)  # type: ignore[dict-item]
        for item_id, told in facts.items())


def rows(*item_ids: str) -> RowIndex:
    return RowIndex(np.array(named(*item_ids), np.uint64))


def test_items_share_a_label_exactly_when_they_share_a_word_of_one_kind() -> None:
    made = catalogue(a={"categories": ["jazz"]}, b={"categories": ["jazz", "live"]},
                     c={"tags": ["jazz"]}, d={"attributes": {"label": "jazz", "price": 5}})

    found = labels(made, rows("a", "b", "c", "d"))

    a, b, c, d = (set(row.tolist()) - {0} for row in found.numbers[1:])
    assert a < b
    assert not b & c | b & d | c & d
    assert len(found.known) == 4


def test_padding_and_items_without_facts_have_no_label() -> None:
    found = labels(catalogue(a={"categories": ["x"]}), rows("unknown", "a")).numbers

    assert found[:2].count_nonzero() == 0
    assert found[2].count_nonzero() == 1


def test_without_a_catalogue_there_is_one_column_of_nothing() -> None:
    found = labels(EMPTY, rows("a", "b"))

    assert (found.numbers.tolist(), len(found.known)) == ([[0], [0], [0]], 0)
    assert found.numbers.dtype == torch.int64


def test_an_item_keeps_so_many_labels_and_no_more() -> None:
    many = [f"tag {n}" for n in range(MAX_LABELS + 5)]

    found = labels(catalogue(a={"tags": many}), rows("a")).numbers

    assert found.shape[1] == MAX_LABELS
    assert len(set(found[1].tolist()) - {0}) == MAX_LABELS


def test_the_frequent_labels_are_kept() -> None:
    assert frequent(np.array([7, 3, 9, 3, 9, 3], np.uint64), 2).tolist() == [3, 9]


def test_a_later_item_is_placed_as_one_that_was_there_and_that_nobody_touched() -> None:
    made = catalogue(a={"categories": ["x"], "tags": ["y", "z"]}, b={"tags": ["z"]})
    found = labels(made, rows("a", "b"))
    torch.manual_seed(1)
    tower = ItemTower(TrainConfig(width=16), found.numbers, len(found.known) + 1, n_learned=0)

    later = Content(found.known, tower.label_vectors(), 0).of(made, np.arange(2))

    trained = tower.eval()(torch.arange(1, 3)).detach().numpy()
    order = [named("a", "b").index(int(key)) for key in made.keys]
    assert later == pytest.approx(trained[order], abs=1e-6)
