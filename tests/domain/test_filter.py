"""What is true of an item, told by its facts and by what the user did with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.expression import parse
from domain.features import Interaction
from domain.filter import (
    EVERYTHING,
    Always,
    Did,
    Joined,
    Not,
    OneOf,
    Tree,
    View,
    Within,
    asks_history,
    asks_time,
    every,
    holds,
    keeps,
    of_items,
)
from tests.domain.strategies import NOW_MS, VOCABULARY

TYPES = {t.name: t.code for t in VOCABULARY.types}
DAY_MS = 86_400_000
FACTS: dict[str, Any] = {
    "item_id": "a", "price": 9.5, "categories": ["shoes"], "tags": ["new", "red"],
    "attributes": {"size": 42, "colour": "red", "sale": True, "one": 1}}
DEEDS = (Interaction(NOW_MS - 3 * DAY_MS, 1, TYPES["view"]),)
# Few names and numbers, so that many are alike.
LEAVES: st.SearchStrategy[Tree] = st.one_of(
    st.builds(Always, st.booleans()),
    st.builds(Within, st.sampled_from("ab"), st.just(0.0), st.just(1.0), st.booleans()),
    st.builds(OneOf, st.sampled_from("ab"), st.frozensets(st.sampled_from(["x", True]))),
    st.builds(Did, st.frozensets(st.integers(0, 1)), st.just(1.0)))
TREES = st.recursive(LEAVES, lambda parts: st.one_of(
    st.builds(Not, parts),
    st.builds(Joined, st.booleans(), st.lists(parts, max_size=2).map(tuple))), max_leaves=4)


def true_of(text: str, facts: dict[str, Any] = FACTS) -> bool:
    item = View("a", facts, NOW_MS - 2 * DAY_MS, DEEDS)
    return keeps(parse(text, TYPES), item, NOW_MS)


@pytest.mark.parametrize("text", [
    "price < 10", "9.5 <= price <= 9.5", "not price > 10", "'shoes' in categories",
    "'blue' not in tags", "attributes.size == 42", "attributes.colour in ['red', 'blue']",
    "attributes.sale", "attributes.one == 1", "item_id == 'a'", "available", "available == True",
    "updated_days < 3", "updated_days >= 2", "did('view')", "did()", "did('view', days=3)",
    "not did('purchase')", "not did(days=1)", "price < 1 or 'red' in tags",
])
def test_it_is_true(text: str) -> None:
    assert true_of(text)
    assert not true_of(f"not ({text})")


@pytest.mark.parametrize("text", [
    "price < 10", "price > 10", "price == 10", "attributes.colour == 'red'", "attributes.sale",
    "'a' in tags", "updated_days < 100", "attributes.size in [1, 2]",
])
def test_an_item_without_facts_is_nothing_in_particular(text: str) -> None:
    assert not true_of(text, {})
    assert true_of(f"not ({text})", {})
    assert true_of("available", {})


@pytest.mark.parametrize("text", [
    "attributes.colour == 3", "attributes.size == 'red'", "attributes.one", "attributes.sale == 1",
    "attributes.sale == 'True'", "attributes.colour < 3",
])
def test_values_of_another_kind_are_neither_equal_nor_in_order(text: str) -> None:
    assert not true_of(text)


def test_a_part_that_lets_everything_through_is_left_out() -> None:
    sale = OneOf("attributes.sale", frozenset({True}))

    assert every() == every(EVERYTHING, EVERYTHING) == EVERYTHING
    assert every(EVERYTHING, sale, sale) == sale
    assert every(every(sale, Did(frozenset())), Always(False)) == parse(
        "attributes.sale and did() and False", TYPES)


@pytest.mark.parametrize(("text", "wanted"), [
    ("available and not did()", "available"),
    ("available and price < 3 and did('view')", "available and price < 3"),
    ("available or did()", "True"),
    ("did()", "True"),
    ("available", "available"),
])
def test_without_the_user_a_filter_is_true_of_as_many_or_more(text: str, wanted: str) -> None:
    assert of_items(parse(text, TYPES)) == parse(wanted, TYPES)


def test_a_filter_knows_what_it_asks_for() -> None:
    assert asks_history(parse("available and (price < 3 or not did())", TYPES))
    assert not asks_history(parse("available", TYPES))
    assert asks_time(parse("not updated_days < 3", TYPES))
    assert not asks_time(parse("price < 3", TYPES))


def test_only_terms_are_held_against_a_value() -> None:
    with pytest.raises(TypeError):
        holds(EVERYTHING, 1, 1)


@given(TREES, TREES)
def test_trees_that_are_equal_are_spelled_alike(one: Tree, other: Tree) -> None:
    """A set alone may be spelled in another order."""
    assert one != other or sorted(str(one)) == sorted(str(other))
