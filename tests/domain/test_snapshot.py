"""The catalogue as one file, beside a dict."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrays import ArraysError, load, save
from domain.catalog import Item
from domain.key import item_key
from domain.snapshot import EMPTY, CatalogSnapshot
from tests.domain.strategies import NOW_MS

Told = list[tuple[str, int]]


def item(item_id: str, updated_ms: int) -> Item:
    """Facts follow from the id and the time, so that one time has one truth."""
    facts: dict[str, Any] = {"item_id": item_id, "title": f"é{updated_ms}" * (updated_ms % 3)}
    return Item(item_id, facts | {"available": updated_ms % 4 > 0}, updated_ms)


tellings = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 20)), max_size=12)


def newest(told: Told) -> dict[int, Item]:
    return {found.key: found for found in (item(*one) for one in sorted(told, key=lambda t: t[1]))}


def same(snapshot: CatalogSnapshot, wanted: dict[int, Item]) -> bool:
    keys = sorted(wanted)
    assert snapshot.keys.tolist() == keys
    assert list(snapshot) == [wanted[key].facts for key in keys]
    assert snapshot.updated_ms.tolist() == [wanted[key].updated_ms for key in keys]
    assert snapshot.available.tolist() == [wanted[key].available for key in keys]
    assert len(snapshot) == len(wanted)
    assert [part.dtype for part in (snapshot.keys, snapshot.updated_ms, snapshot.offsets)] == [
        np.uint64, np.int64, np.int64]
    return True


@given(st.lists(tellings, max_size=4))
def test_changes_in_any_order_leave_the_newest_facts_of_each_item(changes: list[Told]) -> None:
    snapshot = EMPTY
    for told in changes:
        snapshot = snapshot.updated(item(*one) for one in told)

    told = [one for found in changes for one in found]
    assert same(snapshot, newest(told))
    assert snapshot.until_ms == max((at for _, at in told), default=0)


@given(tellings, tellings)
def test_an_update_leaves_the_snapshot_before_it_as_it_was(first: Told, second: Told) -> None:
    before = EMPTY.updated(item(*one) for one in first)

    before.updated(item(*one) for one in second)

    assert same(before, newest(first))


def test_news_of_the_same_moment_replaces_what_was_known() -> None:
    before = EMPTY.updated([Item("a", {"item_id": "a", "n": 1}, NOW_MS)])

    after = before.updated([Item("a", {"item_id": "a", "n": 2}, NOW_MS),
                            Item("a", {"item_id": "a", "n": 3}, NOW_MS)])

    assert list(after) == [{"item_id": "a", "n": 3}]


def test_no_changes_are_the_same_catalogue() -> None:
    before = EMPTY.updated([item("a", 1)])

    assert before.updated([]) is before


@given(tellings)
def test_what_is_known_already_is_no_news(told: Told) -> None:
    before = EMPTY.updated(item(*one) for one in told)

    assert before.updated(item(*one) for one in told) is before


@given(tellings)
def test_an_item_is_found_by_its_key(told: Told) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)

    known = newest(told)
    for key in (*map(item_key, "abcdefghi"), 0, 2**64 - 1):
        assert snapshot.get(key) == (known[key].facts if key in known else None)


@given(tellings)
def test_hidden_items_are_those_not_available_and_the_newest_come_first(told: Told) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)

    known = newest(told)
    shown = {key: found.updated_ms for key, found in known.items() if found.available}
    order = list(snapshot.newest(np.ones(len(snapshot), np.bool_)))
    assert set(snapshot.hidden().tolist()) == known.keys() - shown.keys()
    assert set(order) == shown.keys()
    assert [shown[key] for key in order] == sorted(shown.values(), reverse=True)


@given(tellings, st.integers(1, 9))
def test_the_first_of_the_newest_are_found_without_the_others(told: Told, n: int) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)

    found = snapshot.latest(n)

    order = list(snapshot.newest(np.ones(len(snapshot), np.bool_)))
    assert [snapshot.updated_at(key) for key in found] == [
        snapshot.updated_at(key) for key in order[:n]]
    assert set(found) <= set(order)


@given(tellings)
def test_a_catalogue_survives_its_bytes(told: Told) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)

    read = CatalogSnapshot.from_bytes(snapshot.to_bytes())

    assert same(read, newest(told))
    assert read.until_ms == snapshot.until_ms


def test_many_items_are_laid_over_many() -> None:
    snapshot = EMPTY.updated(item(f"item {n}", n) for n in range(1, 2001))

    snapshot = snapshot.updated(item(f"item {n}", 3000 + n) for n in range(1500, 2501, 7))

    wanted = newest([(f"item {n}", n) for n in range(1, 2001)]
                    + [(f"item {n}", 3000 + n) for n in range(1500, 2501, 7)])
    assert same(snapshot, wanted)


@pytest.mark.parametrize("data", [
    b"", save({}, {}), save({"until_ms": 1}, {"keys": np.zeros(0, np.uint64)}),
    EMPTY.to_bytes()[:-9],
])
def test_bytes_that_are_no_catalogue_are_refused(data: bytes) -> None:
    with pytest.raises(ArraysError):
        CatalogSnapshot.from_bytes(data)


@given(tellings)
def test_items_are_given_back_as_they_were_told(told: Told) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)

    assert {found.key: found for found in snapshot.items()} == newest(told)


@given(tellings)
def test_a_file_of_before_there_were_facets_is_read_and_made_anew(told: Told) -> None:
    snapshot = EMPTY.updated(item(*one) for one in told)
    header, parts = load(snapshot.to_bytes())
    old = save(header, {name: part for name, part in parts.items() if "facet" not in name})

    found = CatalogSnapshot.from_bytes(old)

    assert same(found, newest(told))
    assert all(map(np.array_equal, found.facets, snapshot.facets))
    assert found.is_in(snapshot.to_bytes())
    assert not found.is_in(old)


def test_what_no_list_shows_is_left_out() -> None:
    facts = {"item_id": "a", "title": "A", "price": 1}

    snapshot = EMPTY.updated([Item("a", facts | {"description": "long " * 200}, NOW_MS)])

    assert list(snapshot) == [facts]


def test_a_file_of_before_texts_were_left_out_is_another() -> None:
    snapshot = EMPTY.updated([Item("a", {"item_id": "a"}, NOW_MS)])
    header, parts = load(snapshot.to_bytes())
    old = save({"until_ms": header["until_ms"]}, parts)

    assert CatalogSnapshot.from_bytes(old).get(item_key("a")) == {"item_id": "a"}
    assert not snapshot.is_in(old)
