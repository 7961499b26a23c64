"""Event types: their strengths, and what a deployment may declare."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import DEFAULT_TYPES, EventType, Vocabulary, VocabularyError
from tests.domain.strategies import ids, json_values

SHARE = {"name": "share", "code": 64, "weight": 2.0}
RATES = Vocabulary().by_name["rate"]


def test_codes_that_state_already_holds_never_change() -> None:
    codes = {t.name: t.code for t in DEFAULT_TYPES}

    assert codes == {"view": 1, "click": 2, "add_to_cart": 3, "purchase": 4, "rate": 5, "like": 6,
                     "dislike": 7, "impression": 8}


@pytest.mark.parametrize(("value", "strength"), [
    (None, 2.0), (5, 2.0), (2.5, 0.0), (0, -2.0), (3.75, 1.0), (99, 2.0), (-99, -2.0),
])
def test_a_rating_speaks_for_its_item_or_against_it(value: float | None, strength: float) -> None:
    assert RATES.strength(value) == strength


def test_a_type_without_a_neutral_value_always_has_its_weight() -> None:
    vocabulary = Vocabulary()

    assert vocabulary.strength(4, 9.99) == 5.0
    assert vocabulary.strength(7, None) == -2.0
    assert vocabulary.strength(8, None) == 0.0


def test_a_declared_rating_has_its_whole_weight_one_away_from_neutral_unless_it_says_more() -> None:
    vocabulary = Vocabulary([EventType("vote", 64, 3.0, neutral=0.0)])

    assert [vocabulary.strength(64, value) for value in (-1, 0, 0.5, 1, 2)] == [-3, 0, 1.5, 3, 3]


def test_a_code_that_is_no_longer_declared_says_nothing() -> None:
    assert Vocabulary().strength(64, 5.0) == 0.0
    assert Vocabulary().strength(0, None) == 0.0


def test_a_declared_type_joins_the_known_ones() -> None:
    vocabulary = Vocabulary.from_json(json.dumps([SHARE]))

    assert vocabulary.by_name["share"] == vocabulary.by_code[64] == EventType("share", 64, 2.0)
    assert vocabulary.strength(64, None) == 2.0
    assert vocabulary.by_name["view"].code == 1


@given(st.lists(st.builds(
    EventType, name=ids.map("own {}".format), code=st.integers(64, 255),
    weight=st.floats(-7.9, 7.9), neutral=st.none() | st.floats(-1e9, 1e9),
    span=st.floats(1e-6, 1e9),
), max_size=3, unique_by=(lambda t: t.name, lambda t: t.code)))
def test_declarations_survive_a_round_trip(declared: list[EventType]) -> None:
    text = Vocabulary(declared).to_json()

    assert Vocabulary.from_json(text).declared == tuple(declared)


@pytest.mark.parametrize(("change", "reason"), [
    ({"code": 63}, "share: code must be at least 64"),
    ({"code": 256}, "share: code must be at most 255"),
    ({"code": "64"}, "share: code must be integer"),
    ({"code": True}, "share: code must be integer"),
    ({"name": ""}, ": name must have at least 1"),
    ({"name": 5}, "5: name must be string"),
    ({"name": ["share"]}, "name must be string"),
    ({"name": "view"}, "two event types share a name or a code"),
    ({"weight": 8}, "share: weight must be at most 7.9"),  # a page could not hold it
    ({"weight": float("nan")}, "share: weight must be at least"),
    ({"weight": None}, "share: weight is required"),
    ({"span": None}, "share: span is required"),
    ({"neutral": "2"}, "share: neutral must be number"),
    ({"span": 0}, "share: span must be at least"),  # strength would divide by it
    ({"wieght": 1}, "unexpected keyword argument 'wieght'"),
])
def test_a_declaration_that_cannot_be_used_is_refused(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(VocabularyError, match=reason):
        Vocabulary.from_json(json.dumps([SHARE | change]))


def test_two_declarations_may_not_share_a_code() -> None:
    with pytest.raises(VocabularyError, match="share a name or a code"):
        Vocabulary([EventType("share", 64, 1.0), EventType("save", 64, 1.0)])


@pytest.mark.parametrize("text", ["", "{", "5", "null", '"share"', "[5]", "[[]]", '{"name": 1}'])
def test_what_is_no_list_of_declarations_is_refused(text: str) -> None:
    with pytest.raises(VocabularyError, match="event_types"):
        Vocabulary.from_json(text)


@given(st.lists(st.dictionaries(
    st.sampled_from(["name", "code", "weight", "neutral", "span"]), json_values)))
def test_any_declaration_is_used_or_refused(declarations: list[dict[str, Any]]) -> None:
    try:
        vocabulary = Vocabulary.from_json(json.dumps(declarations))
    except VocabularyError:
        return

    assert all(abs(t.strength(1.0)) <= 7.9 for t in vocabulary.types)


def test_a_type_has_a_name_also_when_it_is_no_longer_declared() -> None:
    assert Vocabulary().name(2) == "click"
    assert Vocabulary().name(200) == "type 200"


def test_what_may_come_of_an_item_has_a_value_where_the_type_has_one() -> None:
    words = Vocabulary()

    assert words.by_name["purchase"].outcomes == ("purchase",)
    assert words.by_name["rate"].outcomes == ("rate", "rate.value")
