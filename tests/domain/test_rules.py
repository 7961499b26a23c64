"""Rules of a deployment: when they hold, and what they do to a request."""

import json
from typing import Any

import pytest

from domain.ask import Ask, Boost
from domain.filter import Within
from domain.rules import SURFACES, Rules, RulesError
from tests.domain.strategies import NOW_MS, VOCABULARY

CHEAP = Within("price", high=20.0, closed=False)
NOON_MS = NOW_MS // 86_400_000 * 86_400_000 + 12 * 3_600_000


def over(
    said: dict[str, Any], surface: str = "recommendations", context: Any = None,
    now_ms: int = NOON_MS,
) -> tuple[Ask, list[str]]:
    rules = Rules.from_json(json.dumps([{"name": "cheap", "filter": "price < 20", **said}]),
                            VOCABULARY)
    return rules.over(Ask(k=3), surface, context or {}, now_ms)


def holds(*args: Any, **more: Any) -> bool:
    ask, names = over(*args, **more)
    assert (ask == Ask(k=3, filter=CHEAP)) == (names == ["cheap"])
    assert ask in (Ask(k=3, filter=CHEAP), Ask(k=3))
    return bool(names)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_rule_without_conditions_always_holds(surface: str) -> None:
    assert holds({}, surface)


def test_a_rule_is_for_its_surfaces() -> None:
    assert holds({"surfaces": ["trending", "similar"]}, "similar")
    assert not holds({"surfaces": ["trending", "similar"]}, "slates")


def test_a_rule_has_its_time() -> None:
    assert holds({"from": "2023-11-14T00:00:00Z", "until": "2023-11-15T00:00:00+00:00"})
    assert not holds({"from": "2023-11-14T12:00:01Z"})
    assert holds({"from": "2023-11-14T12:00:00Z"})
    assert not holds({"until": "2023-11-14T12:00:00Z"})


@pytest.mark.parametrize(("hours", "is_for_noon"), [
    ([12, 13], True), ([11, 12], False), ([0, 24], True), ([22, 6], False), ([12, 11], True),
    ([13, 12], False), ([5, 5], True),
])
def test_a_rule_has_its_hours_also_over_midnight(hours: list[int], is_for_noon: bool) -> None:
    assert holds({"hours": hours}) == is_for_noon


def test_a_rule_is_for_whom_the_context_says() -> None:
    when = {"when": "context.device == 'phone' and context.hour < 12"}

    assert holds(when, context={"device": "phone", "hour": 7})
    assert not holds(when, context={"device": "phone", "hour": 12})
    assert not holds(when)


def test_a_rule_speaks_of_the_context_in_what_it_does() -> None:
    said = {"boosts": [{"filter": "price < 20 and context.sale", "by": 1}]}

    ask, _ = over(said, context={"sale": True})

    assert [boost.by for boost in ask.boosts] == [1]
    assert isinstance(ask.boosts[0], Boost)


def test_without_rules_a_request_stays_as_it_is() -> None:
    assert Rules.from_json("[]", VOCABULARY).over(Ask(), "similar", {}, NOW_MS) == (Ask(), [])


@pytest.mark.parametrize(("rules", "reason"), [
    ("{", "rules: "), ("{}", "rules must be array"), ('[{"name": ""}]', r"rules\[0\].name must"),
    ('[{"name": "a", "size": 3}]', r"rules\[0\].size is not a known field"),
    ('[{"name": "a", "exclude_seen": true}]', "exclude_seen is not a known field"),
    ('[{"name": "a", "filter": "size < 3"}]', r"rules\[0\].filter is no field"),
    ('[{"name": "a", "from": "soon"}]', r"rules\[0\].from must be RFC 3339"),
    ('[{"name": "a", "when": "price < 3"}]', r"rules\[0\].when speaks of more than context"),
    ('[{"name": "a", "when": "did()"}]', r"rules\[0\].when speaks of more than context"),
    ('[{"name": "a", "when": "("}]', r"rules\[0\].when no filter"),
    ('[{"name": "a", "surfaces": ["home"]}]', "must be one of recommendations"),
    ('[{"name": "a", "hours": [1]}]', "at least 2"),
])
def test_rules_that_cannot_be_used_are_refused_by_name(rules: str, reason: str) -> None:
    with pytest.raises(RulesError, match=reason):
        Rules.from_json(rules, VOCABULARY)
