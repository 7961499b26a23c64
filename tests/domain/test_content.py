"""Labels of items, and the vectors they make together."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrays import ArraysError, save
from domain.catalog import Item
from domain.content import MAX_LABELS, Content, numbered
from domain.key import label_key
from domain.snapshot import EMPTY, CatalogSnapshot

TAGS = [f"tag {n}" for n in range(2 * MAX_LABELS)]
KNOWN = np.sort(np.array([label_key("tags", tag) for tag in TAGS[::2]], np.uint64))


def catalogue(tags: list[list[str]]) -> CatalogSnapshot:
    return EMPTY.updated(Item(f"i{n}", {"item_id": f"i{n}", "tags": found}, n)
                         for n, found in enumerate(tags))


@given(st.lists(st.lists(st.sampled_from(TAGS), unique=True), max_size=6),
       st.randoms(use_true_random=False))
def test_each_item_has_its_first_known_labels_in_their_order(
    tags: list[list[str]], chance: random.Random
) -> None:
    snapshot = catalogue(tags)
    places = np.array(chance.sample(range(len(tags)), chance.randint(0, len(tags))), np.int64)

    found = numbered(snapshot.facets, places, KNOWN)

    facts = list(snapshot)
    for row, place in zip(found, places, strict=True):
        hashes = [label_key("tags", tag) for tag in facts[place]["tags"]]
        numbers = [KNOWN.tolist().index(one) + 1 for one in hashes if one in KNOWN][:MAX_LABELS]
        assert row.tolist() == numbers + [0] * (found.shape[1] - len(numbers))


def test_an_item_lies_between_its_labels() -> None:
    vectors = np.eye(len(KNOWN), dtype=np.float32)
    content = Content(KNOWN, vectors, 5)

    found = content.of(catalogue([[TAGS[0], TAGS[2]], ["unheard of"], []]), np.arange(3))

    a, b = (KNOWN.tolist().index(label_key("tags", TAGS[n])) for n in (0, 2))
    (row,) = np.flatnonzero(found.any(axis=1))
    assert found[row] == pytest.approx((vectors[a] + vectors[b]) / np.sqrt(2))
    assert np.count_nonzero(found) == 2


def test_content_survives_its_bytes() -> None:
    content = Content(KNOWN, np.ones((len(KNOWN), 4), np.float32), 7)

    read = Content.from_bytes(content.to_bytes())

    assert (read.labels.tolist(), read.vectors.tolist(), read.until_ms) == (
        KNOWN.tolist(), content.vectors.tolist(), 7)
    with pytest.raises(ArraysError):
        Content.from_bytes(save({}, {}))
