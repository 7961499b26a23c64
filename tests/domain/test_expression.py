"""Filters as text: what they mean, and where a bad one is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.expression import MAX_CHARS, MAX_DEPTH, MAX_TERMS, ExpressionError, parse
from domain.filter import Always, Did, Joined, Not, OneOf, Tree, Within
from tests.domain.strategies import VOCABULARY

TYPES = {t.name: t.code for t in VOCABULARY.types}
DAY_MS, INF = 86_400_000, float("inf")
CONTEXT = {"device": "phone", "hour": 7, "logged_in": True}


@pytest.mark.parametrize(("text", "tree"), [
    ("price < 20", Within("price", high=20.0, closed=False)),
    ("price <= 20", Within("price", high=20.0)),
    ("20 < price", Within("price", low=20.0, closed=False)),
    ("20 >= price", Within("price", high=20.0)),
    ("price >= -1.5", Within("price", low=-1.5)),
    ("price == 3", Within("price", 3.0, 3.0)),
    ("3 != price", Not(Within("price", 3.0, 3.0))),
    ("10 <= price < 20",
     Joined(True, (Within("price", low=10.0), Within("price", high=20.0, closed=False)))),
    ("price in [1, 2]", Joined(False, (Within("price", 1.0, 1.0), Within("price", 2.0, 2.0)))),
    ("updated_days > 3", Within("updated_days", low=3.0, closed=False)),
    ("available", OneOf("available", frozenset({True}))),
    ("available == False", OneOf("available", frozenset({False}))),
    ("'a' in tags", OneOf("tags", frozenset({"a"}))),
    ("'a' not in categories", Not(OneOf("categories", frozenset({"a"})))),
    ("item_id in ('x', 'y')", OneOf("item_id", frozenset({"x", "y"}))),
    ("item_id not in ['x']", Not(OneOf("item_id", frozenset({"x"})))),
    ("item_id in []", OneOf("item_id", frozenset())),
    ("attributes.colour == 'red'", OneOf("attributes.colour", frozenset({"red"}))),
    ("attributes['a-b'] in ['x', 1]",
     Joined(False, (Within("attributes.a-b", 1.0, 1.0),
                    OneOf("attributes.a-b", frozenset({"x"}))))),
    ("attributes.sale", OneOf("attributes.sale", frozenset({True}))),
    ("did()", Did(frozenset())),
    ("did('view', 'purchase', days=2, hours=12)", Did(frozenset({1, 4}), DAY_MS / 2)),
    ("not True", Not(Always(True))),
    ("available and (did() or not available)", Joined(True, (
        OneOf("available", frozenset({True})),
        Joined(False, (Did(frozenset()), Not(OneOf("available", frozenset({True})))))))),
    ("\n  price\t< 20  \n", Within("price", high=20.0, closed=False)),
    ("'C#' in tags", OneOf("tags", frozenset({"C#"}))),
    ("context.device == 'phone'", Always(True)),
    ("context['device'] != 'phone'", Not(Always(True))),
    ("context.hour < 12", Always(True)),
    ("context.logged_in", Always(True)),
    ("context.other == 'x'", Always(False)),
])
def test_a_filter_means_what_it_says(text: str, tree: Tree) -> None:
    assert parse(text, TYPES, CONTEXT) == tree


@pytest.mark.parametrize(("text", "position", "reason"), [
    ("", 1, "no filter"), ("   ", 4, "no filter"),
    ("price <", 8, "no filter"),
    ("  price < (", 11, "never closed"),
    ("price < 2 # cheap", 11, "a comment has no meaning"),
    (r"'a\'b' in tags", 3, "a backslash has no meaning"),
    ("price \x00", 7, "a null character"),
    ("available and size < 3", 15, "is no field of an item"),
    ("'é' in tags and size < 3", 17, "is no field of an item"),
    ("attributes.a.b == 1", 1, "is no field of an item"),
    ("price", 1, "price is neither true nor false"),
    ("price == 'x'", 1, "price is a number"),
    ("item_id == 3", 1, "item_id is no number"),
    ("available < 3", 1, "only numbers have an order"),
    ("attributes.colour < 'red'", 1, "only numbers have an order"),
    ("tags == 'a'", 1, 'write "..." in tags'),
    ("'a' in item_id", 8, '"in" takes a text and'),
    ("3 in tags", 6, '"in" takes a text and'),
    ("price is 3", 1, "compares in a way"),
    ("price < 1e400", 9, "must be a text, a number"),
    ("price < -True", 9, "must be a text, a number"),
    ("price < tags", 9, "must be a text, a number"),
    ("price < None", 9, "must be a text, a number"),
    ("shown()", 1, "the only call is did"),
    ("did('wave')", 5, "must be one of add_to_cart, click"),
    ("did(days=0)", 10, "a time is days=D or hours=H"),
    ("did(weeks=1)", 11, "a time is days=D or hours=H"),
    ("lambda: 1", 1, "is no field of an item"),
    ("__import__('os').system('true')", 1, "the only call is did"),
    ("(" * (MAX_DEPTH + 1) + "available" + ")" * (MAX_DEPTH + 1) + " < 1", 14, "only numbers"),
    ("not " * MAX_DEPTH + "available", 4 * MAX_DEPTH + 1, f"more than {MAX_DEPTH} deep"),
    ("(" * 400, 201, "too many nested"), ("-(-" * 333, 1, "too deep to be read"),
    (" or ".join(["price==1"] * (MAX_TERMS + 1)), 12 * MAX_TERMS + 1, "more than 60"),
    ("x" * (MAX_CHARS + 1), MAX_CHARS + 1, "is longer than"),
])
def test_a_filter_that_cannot_be_used_says_where_and_why(
    text: str, position: int, reason: str
) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        parse(text, TYPES)

    assert reason in str(caught.value)
    assert caught.value.position == position
    assert str(caught.value).endswith(f"at character {position}")


@given(st.text(st.sampled_from(" ()[]'\"<>=!.,ainotrdpce1-#\\\n~*:"), max_size=40) | st.text())
def test_any_text_is_a_filter_or_says_where_it_is_wrong(text: str) -> None:
    position = 1
    try:
        parse(text, TYPES, CONTEXT)
    except ExpressionError as error:
        position = error.position

    assert 1 <= position <= len(text) + 1
