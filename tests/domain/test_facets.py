"""A catalogue asked at once, beside its items asked one by one."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.asks import filter_text, moment
from domain.expression import parse
from domain.facets import Facets, mask
from domain.filter import Did, keeps, of_items
from domain.key import item_key
from domain.screen import View
from tests.domain.strategies import VOCABULARY

TYPES = {t.name: t.code for t in VOCABULARY.types}
IDS = [f"item-{n}" for n in range(40)]


@given(st.integers(0, 2**32))
def test_a_catalogue_answers_as_its_items_do(seed: int) -> None:
    chance = random.Random(seed)
    at = moment(chance, None, IDS)
    tree = of_items(parse(filter_text(chance, IDS), TYPES, {"device": "phone"}))
    now_ms = at.scene.trends.ref_ms

    found = mask(tree, at.scene.catalog.columns, now_ms)

    keys = at.scene.catalog.keys.tolist()
    views = {item_key(i): View(i, facts, updated, ()) for i, (facts, updated)
             in at.catalogue.items()}
    assert found.tolist() == [keeps(tree, views[key], now_ms) for key in keys]


def test_no_items_have_no_entries() -> None:
    assert [len(part) for part in Facets.of([])] == [1, 0, 1, 0, 0]


def test_a_catalogue_knows_nothing_of_users() -> None:
    columns = moment(random.Random(1), None, IDS).scene.catalog.columns

    with pytest.raises(TypeError):
        mask(Did(frozenset()), columns, 0)


@given(st.lists(st.sampled_from(IDS), max_size=30), st.integers(0, 99))
def test_columns_are_those_of_the_facts_however_often_they_changed(
    changed: list[str], seed: int
) -> None:
    chance = random.Random(seed)
    catalog = moment(chance, None, IDS).scene.catalog
    for item_id in changed:
        catalog = catalog.updated(moment(chance, None, [item_id]).scene.catalog.items())

    wanted = Facets.of(list(catalog))

    assert all(np.array_equal(a, b) for a, b in zip(catalog.facets, wanted, strict=True))
