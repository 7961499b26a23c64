"""Categories and tags as labels."""

import numpy as np
import torch

from domain.catalog import Item
from domain.row import RowIndex
from domain.snapshot import EMPTY
from domain.vocabulary import Vocabulary
from model import content
from model.content import labels
from model.dataset import Dataset
from tests.model.scene import named


def dataset(**facts: dict[str, list[str]]) -> Dataset:
    items = [Item(item_id, {"item_id": item_id, **told}, 1) for item_id, told in facts.items()]
    return Dataset({}, {}, EMPTY.updated(items), Vocabulary())


def rows(*item_ids: str) -> RowIndex:
    return RowIndex(np.array(named(*item_ids), np.uint64))


def test_items_share_a_label_exactly_when_they_share_a_word_of_one_kind() -> None:
    made = dataset(a={"categories": ["jazz"]}, b={"categories": ["jazz", "live"]},
                   c={"tags": ["jazz"]})

    found, n_labels = labels(made, rows("a", "b", "c"))

    a, b, c = (set(row.tolist()) - {0} for row in found[1:])
    assert a < b
    assert not b & c
    assert n_labels == 4


def test_padding_and_items_without_facts_have_no_label() -> None:
    found, _ = labels(dataset(a={"categories": ["x"]}), rows("unknown", "a"))

    assert found[:2].count_nonzero() == 0
    assert found[2].count_nonzero() == 1


def test_without_a_catalogue_there_is_one_column_of_nothing() -> None:
    found, n_labels = labels(dataset(), rows("a", "b"))

    assert (found.tolist(), n_labels) == ([[0], [0], [0]], 1)
    assert found.dtype == torch.int64


def test_an_item_keeps_so_many_labels_and_no_more() -> None:
    many = [f"tag {n}" for n in range(content.MAX_LABELS + 5)]

    found, _ = labels(dataset(a={"tags": many}), rows("a"))

    assert found.shape[1] == content.MAX_LABELS
    assert len(set(found[1].tolist()) - {0}) == content.MAX_LABELS


def test_the_frequent_labels_have_the_low_numbers() -> None:
    made = dataset(a={"tags": ["rare", "often"]}, b={"tags": ["often"]})

    found, _ = labels(made, rows("a", "b"))

    assert found[2].tolist()[0] == 1
