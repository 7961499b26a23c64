"""Properties of items and users are kept, and found again by their columns."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import check_item, check_user
from domain.personalize import NotFoundError, PersonalizeError
from domain.personalize_metadata import (
    attributes_of,
    facts_of,
    metadata_of,
    parse_put_items,
    parse_put_users,
)
from tests.domain.strategies import NOW_MS

ARN = "arn:aws:personalize:eu-west-1:1:dataset/shop/"
COLUMNS = st.from_regex(r"[A-Z]{1,8}(_[A-Z]{1,8}){0,2}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30) | st.integers(
    0, 10**9) | st.booleans()


def put(kind: str, one: str, *given: tuple[str, Any]) -> dict[str, Any]:
    return {"datasetArn": f"{ARN}{kind.upper()}", kind: [
        {one: id_, "properties": told if isinstance(told, str) else json.dumps(told)}
        for id_, told in given]}


@given(st.dictionaries(COLUMNS, VALUES, max_size=20))
def test_every_property_is_found_again_by_its_column(properties: dict[str, Any]) -> None:
    told = {name: value for name, value in properties.items()
            if name not in ("TITLE", "DESCRIPTION", "PRODUCT_DESCRIPTION", "PRICE", "CATEGORIES")}

    facts = facts_of("i1", told)

    assert check_item(facts, "") is None
    assert metadata_of(facts, list(told)) == {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in told.items()}


@given(st.dictionaries(COLUMNS, VALUES, max_size=20))
def test_every_property_of_a_user_is_kept(properties: dict[str, Any]) -> None:
    told = {name: value for name, value in properties.items()
            if name not in ("AGE_BAND", "SEGMENT", "LANGUAGE")}

    attributes = attributes_of(told)

    assert check_user(attributes, "") is None
    assert attributes.get("attributes", {}) == told


def test_what_means_something_here_is_a_fact() -> None:
    facts = facts_of("i1", {"title": "One", "productDescription": "Long", "DESCRIPTION": "Other",
                            "price": 9.5, "genres": "Drama| Sci-Fi ||Drama", "categoryL1": "TV"})

    assert facts == {
        "item_id": "i1", "title": "One", "description": "Long", "price": 9.5,
        "categories": ["Drama", "Sci-Fi", "TV"],
        "attributes": {"DESCRIPTION": "Other", "GENRES": "Drama| Sci-Fi ||Drama",
                       "CATEGORY_L1": "TV"}}
    told = {"language": "de", "SEGMENT": "new", "ageBand": "30s", "plan": "gold"}
    assert attributes_of(told) == {
        "language": "de", "segment": "new", "age_band": "30s", "attributes": {"PLAN": "gold"}}


def test_facts_of_our_own_catalogue_are_columns_too() -> None:
    facts = {"item_id": "i1", "title": "One", "price": 2, "categories": ["a", "b"]}

    assert metadata_of(facts, ["TITLE", "price", "Categories", "GENRES"]) == {
        "TITLE": "One", "price": "2", "Categories": "a|b"}


def test_items_of_a_call_are_all_kept() -> None:
    items = parse_put_items(put("items", "itemId", ("a", {"title": "A"}), ("b", {})), NOW_MS)

    assert [(item.item_id, item.updated_ms) for item in items] == [("a", NOW_MS), ("b", NOW_MS)]
    assert parse_put_users({"datasetArn": f"{ARN}USERS", "users": [{"userId": "ann"}]}) == {
        "ann": {}}


@pytest.mark.parametrize(("given", "said"), [
    (("a\n", {}), r"items\[1\].itemId must hold"),
    (("a", {"title": 5}), r"items\[1\].properties.title must be string"),
    (("a", {"COLOUR": "x" * 300}), r"items\[1\].properties.COLOUR must have at most 256"),
    (("a", "{"), r"items\[1\].properties is no JSON"),
    (("", {}), r"items\[1\].itemId must have at least 1")])
def test_one_bad_item_refuses_the_call(given: tuple[str, Any], said: str) -> None:
    with pytest.raises(PersonalizeError, match=said):
        parse_put_items(put("items", "itemId", ("good", {}), given), NOW_MS)


def test_a_call_of_bad_items_alone_is_named_too() -> None:
    with pytest.raises(PersonalizeError, match=r"items\[0\].properties.price must be"):
        parse_put_items(put("items", "itemId", ("a", {"price": "dear"})), NOW_MS)


@pytest.mark.parametrize(("given", "said"), [
    (("~a", {}), r"users\[0\].userId must hold printable"),
    (("a", {"language": 5}), r"users\[0\].properties.language must be string"),
    (("a", {"tags": ["x"]}), r"users\[0\].properties.TAGS must be")])
def test_a_bad_user_is_named(given: tuple[str, Any], said: str) -> None:
    with pytest.raises(PersonalizeError, match=said):
        parse_put_users(put("users", "userId", given))


def test_another_data_set_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="ITEMS"):
        parse_put_users({"datasetArn": f"{ARN}ITEMS", "users": [{"userId": "ann"}]})
