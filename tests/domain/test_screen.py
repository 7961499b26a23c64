"""What must not stand in a list, and the reason that is told."""

from typing import Any

import numpy as np
import pytest

from domain.ask import parse_ask
from domain.catalog import Item
from domain.cursor import tag, write
from domain.expression import parse
from domain.features import Interaction
from domain.key import item_key
from domain.scene import compose
from domain.screen import Screen
from domain.snapshot import EMPTY
from domain.trends import empty
from tests.domain.strategies import NOW_MS, VOCABULARY

HOUR_MS = 3_600_000
CATALOGUE = EMPTY.updated(
    Item(i, {"item_id": i, "price": n, "available": i != "d"}, NOW_MS)
    for n, i in enumerate("abcd"))


def deed(item_id: str, kind: str, hours_ago: float = 1) -> Interaction:
    return Interaction(NOW_MS - int(hours_ago * HOUR_MS), item_key(item_id),
                       VOCABULARY.by_name[kind].code)


def screen(*history: Interaction, **said: Any) -> Screen:
    scene = compose(None, None, empty(NOW_MS), CATALOGUE, NOW_MS)
    return Screen(scene, parse_ask(said, VOCABULARY), history, 8, NOW_MS)


def why(item_id: str, *history: Interaction, **said: Any) -> str | None:
    hidden = screen(*history, **said).hides(item_key(item_id))
    return hidden and hidden.reason


@pytest.mark.parametrize(("item_id", "said", "reason"), [
    ("a", {}, None), ("d", {}, "unavailable"), ("?", {}, "unknown"),
    ("a", {"exclude": ["a"]}, "excluded"), ("a", {"filter": "price > 0"}, "filtered"),
    ("b", {"filter": "price > 0"}, None),
    ("a", {"cursor": write([tag(item_key("a"))])}, "on an earlier page"),
])
def test_an_item_is_hidden_for_a_reason(
    item_id: str, said: dict[str, Any], reason: str | None
) -> None:
    assert why(item_id, **said) == reason


@pytest.mark.parametrize(("said", "reason"), [
    (True, "seen"), (False, None), ({"types": ["view"]}, "seen"), ({"types": ["purchase"]}, None),
    ({"within_h": 2}, "seen"), ({"within_h": 0.5}, None),
    ({"types": ["view", "like"], "within_h": 1}, "seen"),
])
def test_what_was_seen_is_hidden_as_far_as_is_asked_for(said: Any, reason: str | None) -> None:
    assert why("a", deed("a", "view"), exclude_seen=said) == reason
    assert why("b", deed("a", "view"), exclude_seen=said) is None


def test_being_shown_is_not_being_seen_unless_it_is_asked_for() -> None:
    shown = deed("a", "impression")

    assert why("a", shown) is None
    assert why("a", shown, exclude_seen={"types": ["impression"]}) == "seen"


@pytest.mark.parametrize(("said", "reason"), [
    ({"times": 2}, "shown often"), ({"times": 3}, None),
    ({"times": 1, "within_h": 2}, "shown often"), ({"times": 2, "within_h": 2}, None),
])
def test_what_was_shown_often_lately_is_hidden(said: Any, reason: str | None) -> None:
    history = (deed("a", "impression", 1), deed("a", "impression", 5), deed("a", "view", 9))

    assert why("a", *history, exclude_shown=said, exclude_seen=False) == reason


def test_who_puts_an_item_somewhere_may_put_what_was_seen_and_nothing_that_is_forbidden() -> None:
    made = screen(deed("a", "view"), exclude=["b"])

    assert made.hides(item_key("a"))
    assert not made.forbids(item_key("a"))
    assert made.forbids(item_key("b"))
    assert made.forbids(item_key("d"))


def test_a_filter_is_asked_of_what_has_a_name() -> None:
    made, cheap = screen(deed("a", "view")), parse("price < 1 and did('view')", {"view": 1})

    assert [made.matches(cheap, item_key(i)) for i in ("a", "b", "?")] == [True, False, False]
    assert made.view(item_key("?")) is None
    assert [made.name(item_key(item)) for item in ("a", "?")] == ["a", None]


@pytest.mark.parametrize("said", [
    {}, {"exclude": ["a"]}, {"filter": "price > 0"}, {"filter": "not did('view')"},
    {"exclude_seen": False}, {"exclude_shown": {"times": 1}},
    {"cursor": write([tag(item_key("a"))])}])
def test_of_many_items_those_are_let_through_that_are_not_hidden(said: dict[str, Any]) -> None:
    found = screen(deed("b", "view"), deed("c", "impression"), **said)
    keys = np.array([item_key(i) for i in "abcd"], np.uint64)

    assert found.lets(keys).tolist() == [found.hides(int(key)) is None for key in keys]
