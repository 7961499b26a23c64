"""Made-up requests beside an oracle; and whether the oracle would tell."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.asks import NOW_MS, broken, filter_text, moment
from bench.oracle import faults, losses, true_of
from domain.features import Interaction
from domain.key import item_key
from domain.recommender import Recommender
from tests.domain.small_model import IDS, opened
from tests.domain.small_scene import NEW

ITEMS = [*IDS, *NEW, *(f"more-{n}" for n in range(30))]
CATALOGUE: dict[str, Any] = {
    "a": ({"item_id": "a", "price": 5}, NOW_MS), "b": ({"item_id": "b", "price": 50}, NOW_MS),
    "gone": ({"item_id": "gone", "available": False}, NOW_MS)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


@given(st.integers(0, 2**32), st.booleans())
def test_no_request_is_given_what_it_did_not_ask_for(
    model: Recommender, seed: int, with_model: bool
) -> None:
    chance = random.Random(seed)
    at = moment(chance, model if with_model else None, ITEMS)

    lists, found = broken(chance, at, ITEMS)

    assert lists > 0
    assert found == []


@pytest.mark.parametrize(("body", "shown", "passed", "fault"), [
    ({}, ["a", "a"], [], "an item comes twice"),
    ({}, ["a"], ["a"], "an item comes twice"),
    ({"k": 1}, ["a", "b"], [], "more than were asked for"),
    ({"exclude": ["a"]}, ["a"], [], "a is excluded"),
    ({}, ["gone"], [], "gone is not available"),
    ({"filter": "price > 5"}, ["b", "a"], [], "a is filtered"),
    ({"filter": "not did('view')", "exclude_seen": False}, ["b"], [], "b is filtered"),
    ({}, ["b"], [], "b is seen or shown"),
    ({"exclude_shown": {"times": 1}}, ["a"], [], "a is seen or shown"),
    ({"quotas": [{"filter": "price < 9", "at_most": 0, "first": 1}]}, ["a"], [], "more than"),
])
def test_the_oracle_tells_what_is_broken(
    body: dict[str, Any], shown: list[str], passed: list[str], fault: str
) -> None:
    history = [Interaction(NOW_MS - 1, item_key("b"), 1), Interaction(NOW_MS - 1, item_key("a"), 8)]

    found = faults(body, shown, CATALOGUE, history, passed, NOW_MS)

    assert any(one.startswith(fault) for one in found)


@pytest.mark.parametrize(("body", "shown", "loss"), [
    ({}, ["a"], "it is of another length"),
    ({"pins": [{"item_id": "b", "position": 2}]}, ["b", "a"], "b is not where it was pinned"),
    ({"quotas": [{"filter": "price < 9", "at_least": 1, "first": 1}]}, ["b", "a"], "fewer than"),
])
def test_the_oracle_tells_what_exploring_broke(
    body: dict[str, Any], shown: list[str], loss: str
) -> None:
    found = losses(body, ["a", "b"], shown, CATALOGUE, (), NOW_MS)

    assert any(one.startswith(loss) for one in found)
    assert losses(body, ["a", "b"], ["a", "b"], CATALOGUE, (), NOW_MS) == []


def test_the_oracle_knows_values_of_another_kind() -> None:
    facts = {"item_id": "a", "attributes": {"colour": "1", "size": 1, "sale": True}}

    for text in ("attributes.colour == 1", "attributes.size == '1'", "attributes.sale == 1",
                 "attributes.size", "attributes.colour", "attributes.other < 1", "price == 1",
                 "attributes.colour < 1", "attributes.sale < 1", "attributes.size == True"):
        assert not true_of(text, facts, 0, [], {}, NOW_MS)
        assert true_of(f"not ({text})", facts, 0, [], {}, NOW_MS)


def test_filters_are_made_up_of_everything() -> None:
    made = " ".join(filter_text(random.Random(n), ITEMS) for n in range(300))

    for word in ("price", "categories", "tags", "attributes.colour", "attributes.margin", "did",
                 "attributes.sale", "available", "item_id", "updated_days", "context", "not (",
                 " and ", " or "):
        assert word in made
