"""Every alarm over what functions count: rings when that goes wrong, is silent when all is well.

The functions print their metrics, the template says what the alarm makes of them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from domain import probe
from domain.calls import Both
from domain.erasure import mark_of
from domain.event import Batch, Event
from domain.layout import LEDGER_KEY, REPLAYS
from domain.page import encode_pages
from domain.recommender import Recommender
from domain.record import Position, Record
from domain.roll_up import RollUp
from domain.rollout import Rollout
from domain.snapshot import EMPTY
from domain.trends import empty
from functions import probe_freshness, sweep_log
from functions.measure_models import HOUR_MS
from functions.registry import Entry
from functions.rolling import Room as Memory
from functions.rolling import let_serve
from functions.scorer import open_model
from local.cloud import ASSEMBLIES
from local.template import synthesize
from tests.alarm_math import SILENCE, looked_at, period_of, rings
from tests.conftest import Trained
from tests.domain.counted import calls
from tests.domain.test_judging import DAY_MS, known
from tests.functions.artifacts import now_ms
from tests.functions.faults import client_error
from tests.functions.stage import VOCABULARY, Stage, job_event, record
from tests.functions.test_probe_freshness import adapters, flow
from tests.functions.test_recommend import UP, ask, clicked
from tests.infra.synthesized import Stack

# Limits that a short test can break.
STRICT = {"freshness_alarm_ms": 100, "model_age_alarm_h": 1}
ENOUGH = 25  # lists, so that a share of them says something
BAD = {"event_id": "e", "type": "tickle", "item_id": "i"}


@dataclass(frozen=True)
class Room:
    """Where things go wrong or well."""

    stage: Stage
    model: Recommender


Act = Callable[[Room], Any]


def post(bad: int, good: int) -> Act:
    def act(room: Room) -> None:
        events = [{**BAD, "event_id": f"b{n}"} for n in range(bad)]
        events += [{**BAD, "event_id": f"g{n}", "type": "click"} for n in range(good)]
        room.stage.call("POST", "/events", {"user_id": "ann", "events": events})
        room.stage.cloud.drain()
    return act


def deliver(verb: str, *, readable: bool) -> Act:
    def act(room: Room) -> None:
        good = record(0, "i1")
        found = good if readable else (good.position, b"no record")
        room.stage.deliver(verb, [found])
    return act


def fold_without_table(room: Room) -> None:
    room.stage.client("dynamodb").delete_table(TableName=room.stage.setting("users_table"))
    room.stage.deliver("update_user_features", [record(0, "i1")])


def look(room: Room) -> None:
    probe_freshness.look(adapters(room.stage, flow(room.stage)))
    probe_freshness.metrics.flush_metrics()


def look_slowly(room: Room) -> None:
    move, wait = flow(room.stage), probe_freshness.Adapters._field_defaults["pause"]

    def pause(_: float) -> None:
        wait(0.15)
        move(0)

    probe_freshness.look(adapters(room.stage, pause))
    probe_freshness.metrics.flush_metrics()


def look_where_nobody_is_let_in(room: Room) -> None:
    room.stage.users().erase(probe.USER, 1)
    room.stage.cloud.by_verb["probe_freshness"].invoke({})


def personal_lists(room: Room) -> None:
    for _ in range(ENOUGH):
        assert ask(model=room.model, user=clicked(UP)).body["source"] == "personal"


def lists_of_strangers(room: Room) -> None:
    for _ in range(ENOUGH):
        ask()


def lists_without_a_table(room: Room) -> None:
    for _ in range(ENOUGH):
        ask(model=room.model, user=client_error("InternalServerError", "GetItem"))


def lists_without_a_pointer(room: Room) -> None:
    room.stage.restart("recommend")
    room.stage.client("dynamodb").delete_table(TableName=room.stage.setting("models_table"))
    room.stage.call("GET", "/health")


def lists_of_nothing(room: Room) -> None:
    room.stage.restart("recommend")
    room.stage.call("GET", "/health")


def empty_lists(room: Room) -> None:
    for _ in range(ENOUGH):
        assert not ask(catalog=EMPTY).ids


def aged(hours: float) -> Act:
    def act(room: Room) -> None:
        then_ms = now_ms() - round(hours * HOUR_MS)
        room.stage.registry().record(Entry("v1", then_ms, "job", [], {}, ""))
        room.stage.registry().point("v1", then_ms)
        room.stage.cloud.by_verb["measure_models"].invoke({})
    return act


def job_failed(room: Room) -> None:
    event = job_event(room.stage.bucket, "job", now_ms())
    event["detail"] |= {"TrainingJobStatus": "Failed", "FailureReason": "no capacity"}
    room.stage.cloud.by_verb["promote_model"].invoke(event)


def model_damaged(room: Room) -> None:
    room.stage.end_job("job", b"no archive", now_ms())


def rolled_out(hours: float, failed: int = 0) -> Act:
    """A candidate came to some so long ago, failed so often, and is looked at."""
    def act(room: Room) -> None:
        registry, then_ms = room.stage.registry(), now_ms() - round(hours * HOUR_MS)
        for version in ("v1", "v2"):
            registry.record(Entry(version, then_ms - 1, f"job-{version}", [], {}, ""))
        registry.point("v1", then_ms - 1)
        assert let_serve(registry, "v2", 0.01, Memory(1769, 0.01), then_ms)
        if failed:
            counts = Both(calls(failed, failed=failed), calls(400))
            registry.tell(Rollout("v2", 0.01, then_ms, then_ms), counts, now_s=now_ms() // 1000)
        room.stage.cloud.by_verb["step_rollout"].invoke({})
    return act


def swept(hours: float) -> Act:
    """A sweep that comes so long after an erasure, and has no time to look at what it should."""
    def act(room: Room) -> None:
        shelf = room.stage.shelf()
        shelf.put(mark_of("user-1", now_ms() - round(hours * HOUR_MS)), b"")
        write_log(room)
        sweep_log.sweep(shelf, 0, now_ms(), lambda: False)
        sweep_log.metrics.flush_metrics()
    return act


def write_log(room: Room) -> None:
    room.stage.shelf().write_log([record(0, "user-1", "i1")], now_ms())


def page_damaged(room: Room) -> None:
    room.stage.pages().put(Position(REPLAYS, 1), b"damaged", now_ms())
    room.stage.cloud.by_verb["roll_up_trends"].invoke({})


def newcomers(*, are_for_one: bool) -> Act:
    """Come when everybody is known, and all for one item."""
    def act(room: Room) -> None:
        then_ms = now_ms() - 2 * DAY_MS
        trends, ledger = empty(then_ms), known(*range(100), since_ms=then_ms)
        room.stage.shelf().put(LEDGER_KEY, RollUp(trends, ledger).to_bytes())
        found = [Record(Position(REPLAYS, n), Batch(f"new-{n}", now_ms(), (
            Event("e", "click", "pushed" if are_for_one else f"i{n}", now_ms()),)))
            for n in range(40)]
        ((first, page),) = encode_pages(found, VOCABULARY)
        room.stage.pages().put(Position(REPLAYS, first), page, now_ms())
        room.stage.cloud.by_verb["roll_up_trends"].invoke({})
    return act


def roll_up(room: Room) -> None:
    room.stage.cloud.by_verb["roll_up_trends"].invoke({})


@dataclass(frozen=True)
class Case:
    """wrong, well: what makes the alarm ring, and what must not."""

    alarm: str
    wrong: Act
    well: Act
    unit: str = "Count"
    is_strict: bool = False


def quarantine(verb: str) -> Case:
    return Case("RecordsQuarantined", deliver(verb, readable=False), deliver(verb, readable=True))


CASES = [
    Case("EventsRejected", post(bad=5, good=20), post(bad=1, good=24)),
    *(quarantine(verb) for verb in
      ("update_user_features", "update_item_features", "write_event_log")),
    Case("UpdatesFail", fold_without_table, deliver("update_user_features", readable=True)),
    Case("FreshnessLate", look_slowly, look, "Milliseconds", is_strict=True),
    Case("FreshnessMissed", look_where_nobody_is_let_in, look),
    Case("ListsFallBack", lists_of_strangers, personal_lists),
    Case("ListsEmpty", empty_lists, personal_lists),
    Case("StatesUnread", lists_without_a_table, personal_lists),
    Case("LooksFail", lists_without_a_pointer, lists_of_nothing),
    Case("PagesUnread", page_damaged, roll_up),
    Case("TrendsPushed", newcomers(are_for_one=True), newcomers(are_for_one=False)),
    Case("ModelAge", aged(100), aged(1), "None"),
    Case("ModelServed", personal_lists, personal_lists, "None", is_strict=True),
    Case("TrainingFailed", job_failed, model_damaged),
    Case("TrainingOverdue", aged(100), aged(1), "None"),
    Case("ModelsRefused", model_damaged, job_failed),
    Case("ErasuresWait", swept(25), swept(23), "None"),
    Case("ModelRolledBack", rolled_out(hours=0.1, failed=9), rolled_out(hours=0.1)),
    Case("RolloutLate", rolled_out(hours=7), rolled_out(hours=1), "None"),
]


def alarms(**settings: Any) -> dict[str, Any]:
    """Name -> properties. The cloud of the tests leaves the probe out; here it is on."""
    assembly = synthesize(ASSEMBLIES, settings)
    (template,) = assembly.glob("*.template.json")
    found = Stack(json.loads(template.read_text())).of("AWS::CloudWatch::Alarm")
    return {id_.removeprefix("Monitoring")[:-8]: alarm for id_, alarm in found.items()}


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    return alarms()


@pytest.fixture(scope="module")
def strict() -> dict[str, Any]:
    return alarms(**STRICT)


@pytest.fixture
def room(stage: Stage, trained: Trained) -> Room:
    return Room(stage, open_model(trained.folder))


def named(case: Case) -> str:
    return case.alarm


@pytest.mark.parametrize("case", CASES, ids=named)
def test_an_alarm_rings_when_it_should(
    room: Room, usual: dict[str, Any], strict: dict[str, Any], case: Case
) -> None:
    alarm = (strict if case.is_strict else usual)[case.alarm]

    case.wrong(room)

    lines = room.stage.emitted()
    assert rings(alarm, [period_of(lines)])
    assert units(lines, alarm) == {case.unit}


@pytest.mark.parametrize("case", CASES, ids=named)
def test_an_alarm_is_silent_when_all_is_well(
    room: Room, usual: dict[str, Any], case: Case
) -> None:
    alarm = usual[case.alarm]

    case.well(room)

    assert not rings(alarm, [period_of(room.stage.emitted())])


def test_whatever_functions_count_for_an_alarm_is_driven_here(usual: dict[str, Any]) -> None:
    own = {name for name, alarm in usual.items()
           if any(metric["Namespace"].startswith("Headwater/") for metric in looked_at(alarm))}

    assert own == {case.alarm for case in CASES}


def test_silence_rings_where_something_never_stops(usual: dict[str, Any]) -> None:
    ringing = {name for name, alarm in usual.items() if rings(alarm, [SILENCE])}

    assert ringing == {"ModelAge", "TrainingOverdue", "FreshnessMissed", "ErasuresWait",
                       "RolloutLate"}


def test_one_refused_model_is_no_news(room: Room, usual: dict[str, Any]) -> None:
    model_damaged(room)

    day = period_of(room.stage.emitted())

    assert not rings(usual["ModelsRefused"], [day, SILENCE, day])
    assert rings(usual["ModelsRefused"], [day, day, day])


def test_a_few_bad_events_are_no_news(room: Room, usual: dict[str, Any]) -> None:
    post(bad=3, good=1)(room)

    assert not rings(usual["EventsRejected"], [period_of(room.stage.emitted())])


def units(lines: list[dict[str, Any]], alarm: Any) -> set[str]:
    """Of the metrics that the alarm looks at, as they were printed."""
    names = {metric["MetricName"] for metric in looked_at(alarm)}
    return {metric["Unit"] for line in lines for directive in line["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"] if metric["Name"] in names}
