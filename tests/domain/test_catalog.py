"""Item facts and user attributes: what is accepted and how the rest is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import (
    MAX_ITEM_BYTES,
    MAX_ITEMS,
    Item,
    encode_facts,
    parse_items,
    parse_user,
)
from domain.event import EventError, Rejection
from domain.key import item_key
from tests.domain.strategies import NOW_MS, any_text, json_values

ITEM = {"item_id": "i1"}
FULL = {"item_id": "i1", "title": "Tomorrow", "description": "a film\nof 1995",
        "categories": ["drama"], "tags": ["90s", "日本"], "price": 9.5, "available": False,
        "attributes": {"year": 1995, "dubbed": True, "studio": "X"}}


def test_facts_are_kept_as_they_came() -> None:
    [item], rejected = parse_items({"items": [FULL]}, NOW_MS)

    assert item == Item("i1", FULL, NOW_MS)
    assert (item.key, item.available) == (item_key("i1"), False)
    assert rejected == []


def test_an_item_is_available_unless_its_facts_say_no() -> None:
    assert Item("i1", ITEM, NOW_MS).available


@pytest.mark.parametrize(("body", "field", "reason"), [
    (None, "body", "must be object"),
    ({}, "items", "is required"),
    ({"items": []}, "items", "at least 1 entries"),
    ({"items": [ITEM] * (MAX_ITEMS + 1)}, "items", "at most 100 entries, has 101"),
    ({"items": [ITEM], "user_id": "ann"}, "user_id", "is not a known field"),
    ({"items": [{}, ITEM | {"price": -1}]}, "items[0].item_id", "is required"),
])
def test_a_body_of_which_nothing_is_usable_is_refused(body: Any, field: str, reason: str) -> None:
    with pytest.raises(EventError) as caught:
        parse_items(body, NOW_MS)

    assert caught.value.field == field
    assert reason in caught.value.reason


@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"item_id": ""}, "item_id", "at least 1"),
    ({"item_id": None}, "item_id", "must be string"),
    ({"title": 5}, "title", "must be string"),
    ({"title": "\ud800"}, "title", "half a surrogate pair"),
    ({"title": "x" * 513}, "title", "at most 512"),
    ({"description": "x" * 8193}, "description", "at most 8192"),
    ({"categories": "drama"}, "categories", "must be array"),
    ({"categories": ["drama", 5]}, "categories[1]", "must be string"),
    ({"tags": ["x"] * 33}, "tags", "at most 32 entries"),
    ({"tags": ["x" * 65]}, "tags[0]", "at most 64"),
    ({"price": "9"}, "price", "must be number"),
    ({"price": True}, "price", "must be number"),
    ({"price": -0.01}, "price", "must be at least 0"),
    ({"price": float("nan")}, "price", "must be at least 0"),
    ({"price": float("inf")}, "price", "must be at most"),
    ({"available": 1}, "available", "must be boolean"),
    ({"attributes": {"a": [1]}}, "attributes.a", "must be string or number or boolean"),
    ({"attributes": {"a\n": 1}}, "attributes.a\n", "name must hold printable characters only"),
    ({"attributes": {str(n): n for n in range(65)}}, "attributes", "at most 64 fields"),
    ({"attributes": {str(n): "x" * 256 for n in range(64)}}, "item", "larger than 16384 bytes"),
    ({"colour": "red"}, "colour", "is not a known field"),
])
def test_a_bad_item_is_named_and_the_good_ones_go_through(
    change: dict[str, Any], field: str, reason: str
) -> None:
    items, rejected = parse_items({"items": [{"item_id": "good"}, ITEM | change]}, NOW_MS)

    assert [item.item_id for item in items] == ["good"]
    [named] = rejected
    assert (named.index, named.field) == (1, field)
    assert reason in named.reason


@pytest.mark.parametrize("raw", [None, 5, "i1", []])
def test_an_item_that_is_no_object_is_named(raw: Any) -> None:
    _, rejected = parse_items({"items": [ITEM, raw]}, NOW_MS)

    assert rejected == [Rejection(1, "item", "must be object")]


def test_of_two_facts_about_one_item_the_last_good_ones_count() -> None:
    told = [ITEM | {"price": price} for price in (1, 2, -3)]

    [item], rejected = parse_items({"items": told}, NOW_MS)

    assert item.facts["price"] == 2
    assert [r.index for r in rejected] == [2]


def test_an_item_may_be_exactly_as_large_as_allowed() -> None:
    empty = {**ITEM, "attributes": {f"{n:02}": "x" * 256 for n in range(61)}, "title": ""}
    room = MAX_ITEM_BYTES - len(encode_facts(empty))

    for title, refused in (("x" * room, []), ("x" * (room + 1), [1])):
        _, rejected = parse_items({"items": [{"item_id": "a"}, {**empty, "title": title}]}, NOW_MS)

        assert [r.index for r in rejected] == refused


@given(st.dictionaries(st.sampled_from([*FULL, "more"]),
                       json_values | st.dictionaries(any_text, json_values, max_size=2)))
def test_any_item_is_refused_or_can_be_stored(change: dict[str, Any]) -> None:
    items, rejected = parse_items({"items": [{"item_id": "good"}, FULL | change]}, NOW_MS)

    assert len({i.item_id for i in items}) + len(rejected) <= 2
    assert all(encode_facts(item.facts) for item in items)


@given(json_values)
def test_json_that_is_no_body_is_refused(body: Any) -> None:
    with pytest.raises(EventError):
        parse_items(body, NOW_MS)


def test_attributes_of_a_user_are_kept_as_they_came() -> None:
    body = {"age_band": "25-34", "segment": "b", "language": "pt-BR", "attributes": {"vip": True}}

    assert parse_user(body) == body


@pytest.mark.parametrize(("body", "field"), [
    ([], "body"), ({"age_band": 30}, "age_band"), ({"name": "ann"}, "name"),
    ({"attributes": {"a": None}}, "attributes.a"), ({"language": "\ud800"}, "language"),
    ({"attributes": {"k" * 10**6: 1}}, f"attributes.{'k' * 64}..."),
])
def test_attributes_that_cannot_be_kept_are_named(body: Any, field: str) -> None:
    with pytest.raises(EventError) as caught:
        parse_user(body)

    assert caught.value.field == field


def test_facts_are_stored_compact_and_readable() -> None:
    assert encode_facts({"item_id": "é", "price": 1}) == '{"item_id":"é","price":1}'.encode()
