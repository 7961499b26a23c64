"""What a request may ask for, and what is wrong with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cursor
from domain.ask import (
    ANYTHING_EVER,
    Ask,
    Boost,
    Cap,
    Pin,
    Quota,
    Window,
    parse_ask,
)
from domain.ask_schema import DEFAULT_K, MAX_EXCLUDED, MAX_K
from domain.event import EventError
from domain.filter import EVERYTHING, Not, OneOf, Within, every
from domain.key import item_key
from tests.domain.strategies import VOCABULARY, json_values

CHEAP, SALE = Within("price", high=20.0, closed=False), OneOf("attributes.sale", frozenset({True}))
HOUR_MS = 3_600_000


def test_who_asks_for_nothing_gets_ten_they_have_not_seen() -> None:
    ask = parse_ask({}, VOCABULARY)

    assert ask == Ask()
    assert (ask.k, ask.filter, ask.seen, ask.plain) == (
        DEFAULT_K, EVERYTHING, ANYTHING_EVER, True)


def test_everything_that_may_be_asked_for_is_read() -> None:
    ask = parse_ask({
        "k": 3, "cursor": cursor.write([7]), "filter": "price < 20", "exclude": ["a", "b"],
        "exclude_seen": {"types": ["view"], "within_h": 2}, "recent": ["c"],
        "exclude_shown": {"times": 2, "within_h": 1}, "context": {"device": "phone"},
        "boosts": [{"filter": "attributes.sale", "by": -1.5}],
        "pins": [{"item_id": "p", "position": 2}],
        "quotas": [{"filter": "context.device != 'phone'", "at_least": 1, "first": 3},
                   {"filter": "price < 20", "at_most": 0}],
        "weights": {"relevance": 2, "attributes.margin": 0.5}, "diversity": 1,
        "objectives": {"purchase": 5, "rate.value": 1},
    }, VOCABULARY)

    assert ask == Ask(
        k=3, filter=CHEAP, exclude=frozenset({item_key("a"), item_key("b")}),
        seen=Window(frozenset({1}), 2 * HOUR_MS), shown=Cap(2, HOUR_MS),
        boosts=(Boost(SALE, -1.5),), pins=(Pin("p", 2),),
        quotas=(Quota(Not(EVERYTHING), 1, None, 3), Quota(CHEAP, 0, 0, None)),
        weights={"relevance": 2, "attributes.margin": 0.5}, diversity=1.0, recent=("c",),
        objectives={"purchase": 5, "rate.value": 1}, passed=(7,))
    assert not ask.plain


def test_what_was_seen_may_be_shown_again() -> None:
    assert parse_ask({"exclude_seen": False}, VOCABULARY).seen is None
    assert parse_ask({"exclude_seen": {}}, VOCABULARY).seen == ANYTHING_EVER
    assert parse_ask({"exclude_shown": {"times": 1}}, VOCABULARY).shown == Cap(1, float("inf"))


@pytest.mark.parametrize(("body", "field"), [
    ([], "body"), ({"size": 1}, "size"), ({"k": 0}, "k"), ({"k": MAX_K + 1}, "k"),
    ({"k": True}, "k"), ({"filter": ""}, "filter"), ({"filter": "size < 3"}, "filter"),
    ({"filter": "price <"}, "filter"), ({"cursor": "?"}, "cursor"),
    ({"exclude": ["a"] * (MAX_EXCLUDED + 1)}, "exclude"), ({"exclude": [""]}, "exclude[0]"),
    ({"exclude_seen": {"types": ["wave"]}}, "exclude_seen.types[0]"),
    ({"exclude_shown": {}}, "exclude_shown.times"),
    ({"boosts": [{"filter": "available", "by": 11}]}, "boosts[0].by"),
    ({"boosts": [{"filter": "size", "by": 1}]}, "boosts[0].filter"),
    ({"pins": [{"item_id": "a", "position": 0}]}, "pins[0].position"),
    ({"quotas": [{"filter": "available"}]}, "quotas[0].at_least"),
    ({"quotas": [{"filter": "size", "at_most": 1}]}, "quotas[0].filter"),
    ({"quotas": [{"filter": "available", "at_least": 3, "at_most": 2}]}, "quotas[0].at_least"),
    ({"weights": {"size": 1}}, "weights.size"), ({"weights": {"price": 99}}, "weights.price"),
    ({"objectives": {"wave": 1}}, "objectives.wave"),
    ({"objectives": {"purchase.value": 1}}, "objectives.purchase.value"),
    ({"objectives": {"purchase": 99}}, "objectives.purchase"),
    ({"diversity": 1.1}, "diversity"), ({"context": {"a": []}}, "context.a"),
])
def test_what_cannot_be_asked_for_is_named(body: Any, field: str) -> None:
    with pytest.raises(EventError) as caught:
        parse_ask(body, VOCABULARY)

    assert caught.value.field == field


@given(json_values | st.dictionaries(
    st.sampled_from(["k", "filter", "boosts", "pins", "quotas", "weights", "objectives",
                     "exclude_seen"]),
    json_values))
def test_any_document_is_a_request_or_names_a_field(body: Any) -> None:
    field = "none is wrong"
    try:
        parse_ask(body, VOCABULARY)
    except EventError as error:
        field = error.field

    assert field


def test_under_a_rule_more_is_hidden_and_the_request_goes_first() -> None:
    mine = Ask(filter=CHEAP, exclude=frozenset({1}), boosts=(Boost(SALE, 1),), pins=(Pin("a", 1),),
               weights={"price": 1.0}, objectives={"click": 2.0}, diversity=0.5)
    rule = Ask(filter=SALE, exclude=frozenset({2}), shown=Cap(1, 9), boosts=(Boost(CHEAP, 2),),
               pins=(Pin("b", 1),), quotas=(Quota(SALE, 1),),
               weights={"price": 2.0, "novelty": 3.0}, objectives={"view": 1.0}, diversity=0.9)

    both = mine.under(rule)

    assert both == Ask(
        filter=every(CHEAP, SALE), exclude=frozenset({1, 2}), shown=Cap(1, 9),
        boosts=(*mine.boosts, *rule.boosts), pins=(*mine.pins, *rule.pins), quotas=rule.quotas,
        weights={"price": 1.0, "novelty": 3.0}, objectives={"click": 2.0}, diversity=0.5)
    assert Ask().under(rule).objectives == {"view": 1.0}


def test_what_stands_in_an_earlier_list_is_excluded() -> None:
    assert Ask(exclude=frozenset({1})).beside(frozenset({2})).exclude == {1, 2}
    assert Ask(k=3, passed=(1,)).of(50) == Ask(k=50)
