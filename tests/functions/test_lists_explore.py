"""Lists of surfaces with a budget explore, and say with which odds; others are as they were."""

import json
from typing import Any

import pytest

from domain.budget import Budgets
from domain.experiment import Experiments
from domain.exploration import SOURCE
from functions.lists import metrics
from functions.recommend import respond
from tests.functions.at_hand import NO_EXPERIMENTS, Around, OneUser, desk
from tests.functions.promised import hold
from tests.functions.stage import NOW_MS, OPEN, proxy_event
from tests.functions.test_lists import IDS, shop

SETTING = Budgets.from_json(json.dumps({
    "recommendations": {"share": 0.5, "first": 3}, "similar": {"share": 0.25},
    "trending": {"share": 0.25}, "slates": {"share": 0.25}, "slates.hero": {"share": 0}}))
OFF = Experiments.from_json(json.dumps([{
    "name": "hold-out", "starts": "2020-01-01T00:00:00Z", "variants": [
        {"name": "with", "share": 0.001}, {"name": "without", "share": 0.999,
                                           "flags": {"exploration": False}}]}]))


def call(
    method: str, resource: str, body: Any = None, query: Any = (),
    experiments: Experiments = NO_EXPERIMENTS, **path: str,
) -> dict[str, Any]:
    at_hand = desk(OneUser(), around=Around(shop()), budgets=SETTING, experiments=experiments)
    event = proxy_event(method, resource, body, query, NOW_MS, **path)
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, OPEN))(event, None)
    answer: dict[str, Any] = json.loads(answered["body"])
    hold(method, resource, answered["statusCode"], answer)
    return answer


def explored(answer: dict[str, Any]) -> list[int]:
    """Ranks of what was explored."""
    return [place["rank"] for place in answer["items"]
            if place["reasons"][0]["signal"] == SOURCE]


@pytest.mark.parametrize(("method", "resource", "body", "query", "path", "n"), [
    ("GET", "/users/{user_id}/recommendations", None, [("k", "4")], {"user_id": "ann"}, 2),
    ("POST", "/users/{user_id}/recommendations", {"k": 4}, [], {"user_id": "ann"}, 2),
    ("GET", "/items/{item_id}/similar", None, [("k", "4")], {"item_id": "a1"}, 1),
    ("GET", "/trending", None, [("k", "4")], {}, 1)])
def test_a_list_with_a_budget_explores_and_says_its_odds(
    method: str, resource: str, body: Any, query: Any, path: dict[str, str], n: int
) -> None:
    answer = call(method, resource, body, query, **path)

    assert len(explored(answer)) == n
    assert all(0 < place["propensity"] <= 1 for place in answer["items"])
    assert sum(place["propensity"] == 1 for place in answer["items"]) == 4 - n
    assert len({place["item_id"] for place in answer["items"]}) == 4


def test_a_placement_without_a_budget_has_no_odds_and_no_item_is_on_two() -> None:
    answer = call("POST", "/slates", {"user_id": "ann", "placements": [
        {"name": "hero", "k": 4}, {"name": "more", "k": 4}]})

    hero, more = answer["slates"]
    assert not any("propensity" in place for place in hero["items"])
    assert all("propensity" in place for place in more["items"])
    assert {p["item_id"] for p in hero["items"]} | {p["item_id"] for p in more["items"]} == set(IDS)


def test_a_list_of_the_callers_own_explores_nothing() -> None:
    answer = call("POST", "/users/{user_id}/ranking", {"items": IDS}, user_id="ann")

    assert not any("propensity" in place for place in answer["items"])


def test_an_explanation_tells_the_chance_to_be_explored() -> None:
    first, last = (call("POST", "/users/{user_id}/explanations", {"item_id": item_id},
                        user_id="ann") for item_id in ("a8", "a1"))

    assert (first["rank"], first["explored"]) == (1, 0.0)
    assert last["rank"] == 8
    assert 0 < last["explored"] <= 1


def test_a_variant_with_the_flag_off_explores_nothing() -> None:
    answer = call("GET", "/users/{user_id}/recommendations", query=[("k", "4")],
                  experiments=OFF, user_id="ann")

    assert answer["experiments"] == {"hold-out": "without"}
    assert not any("propensity" in place for place in answer["items"])
