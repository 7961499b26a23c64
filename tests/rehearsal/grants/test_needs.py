from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from functions.settings import BY_VERB
from infra.promises import BY_SETTING
from rehearsal.grants import needs
from rehearsal.grants.exercises import Exercise
from rehearsal.grants.unseen import reason
from rehearsal.steps import words
from tests.infra.synthesized import Stack

ALWAYS = sorted(set(BY_VERB) - BY_SETTING)


@pytest.fixture(scope="module")
def shop(rehearsed: Stack) -> Any:
    """As far as its functions are asked for their verbs."""
    names = {verb: verb for verb in rehearsed.functions() if verb in BY_VERB}
    return SimpleNamespace(functions=SimpleNamespace(names=names))


def named(act: Exercise) -> tuple[str, Any]:
    """An exercise and of what, to compare by."""
    return words(act), act.args if isinstance(act, partial) else ()


@pytest.mark.parametrize("verb", ALWAYS)
def test_what_every_function_is_allowed_is_used(verb: str) -> None:
    exercises = needs.of_function(verb)

    assert exercises
    assert all(words(act) not in ("", "None") for act in exercises)


def test_who_holds_a_policy_uses_it_or_has_reasons(
    shop: Any, given: dict[str, set[str]]
) -> None:
    assert given
    assert [holder for holder, actions in given.items() if not needs.of(holder, shop)
            and not all(reason(holder, action) for action in actions)] == []


def test_exercises_of_a_holder_are_those_of_its_function(shop: Any) -> None:
    assert needs.of("IngestionIngestEventsRole", shop) == needs.of_function("ingest_events")
    assert needs.of("IngestionIngestEvents", shop) == needs.of_function("ingest_events")


def test_exercises_of_a_schedules_role_are_those_of_the_schedule(shop: Any) -> None:
    acts = needs.of("FeaturesRollUpTrendsScheduleRole", shop)

    assert list(map(named, acts)) == list(map(named, needs.of_schedule("roll_up_trends")))


def test_every_schedule_of_the_template_is_exercised(rehearsed: Stack, shop: Any) -> None:
    verbs = [rehearsed.verb_of(schedule["Target"]["Arn"]["Fn::GetAtt"][0])
             for schedule in rehearsed.of("AWS::Scheduler::Schedule").values()]

    found = set(map(named, needs.everything(shop)))

    assert verbs
    assert {named(act) for verb in verbs for act in needs.of_schedule(verb)} <= found


def test_who_is_unknown_has_no_exercises(shop: Any) -> None:
    assert needs.of("SomebodysRole", shop) == []
