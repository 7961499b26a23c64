"""The probe's event goes the whole way; whatever stops it is counted and never raised."""

import io
import json
from collections.abc import Callable
from typing import Any

from domain import metric, probe
from functions.door import Door
from functions.probe_freshness import Adapters, look
from functions.users import Users
from local.function import FunctionError
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import Stage

SHORT_S = 0.05  # of patience, where nothing will come


def payload(content: Any) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(content).encode())}


class Invoker:
    """The Lambda service before the functions of a stage."""

    def __init__(self, stage: Stage) -> None:
        self._functions = {function.name: function for function in stage.cloud.by_verb.values()}

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        try:
            answer = self._functions[FunctionName].invoke(json.loads(Payload))
        except FunctionError as error:
            raised = {"errorType": "FunctionError", "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", **payload(raised)}
        return payload(answer)


def adapters(
    stage: Stage, pause: Callable[[float], None], users: Users | None = None, client: Any = None
) -> Adapters:
    door = Door(stage.setting("ingest_function"), client or Invoker(stage))
    return Adapters(door, users or stage.users(), pause)


def flow(stage: Stage) -> Callable[[float], None]:
    """While the probe waits, the stream moves."""
    return lambda _: stage.cloud.drain()


def still(_: float) -> None:
    """While the probe waits, nothing moves."""


def test_an_event_that_is_seen_is_timed(stage: Stage) -> None:
    found_ms = look(adapters(stage, flow(stage)))

    assert found_ms is not None
    assert found_ms > 0
    assert len(stage.on_stream()) == 1


def test_every_look_waits_for_its_own_event(stage: Stage) -> None:
    look(adapters(stage, flow(stage)))

    again = look(adapters(stage, still), SHORT_S)

    assert again is None


def test_a_stream_that_stands_still_is_missed_and_not_raised(stage: Stage) -> None:
    found_ms = look(adapters(stage, still), SHORT_S)

    assert found_ms is None
    assert any("not seen" in line for line in stage.logged())


def test_a_door_that_refuses_is_missed_with_its_answer(stage: Stage) -> None:
    stage.users().erase(probe.USER, 1)

    found_ms = look(adapters(stage, still), SHORT_S)

    assert found_ms is None
    assert any("not taken" in line and "erased" in line for line in stage.logged())


def test_a_door_that_fails_is_missed(stage: Stage) -> None:
    class Broken(Invoker):
        def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
            return super().invoke(FunctionName, "{}")

    found_ms = look(adapters(stage, still, client=Broken(stage)), SHORT_S)

    assert found_ms is None
    assert any("DoorError" in line for line in stage.logged())


def test_a_world_that_fails_is_missed(stage: Stage) -> None:
    blind = stage.users(Faulty(stage.client("dynamodb"), {"get_item": None}))

    unread = look(adapters(stage, still, users=blind), SHORT_S)
    unsent = look(adapters(stage, still, client=Unreachable()), SHORT_S)

    assert unread is None
    assert unsent is None


def test_no_list_and_no_trend_knows_the_probe(stage: Stage) -> None:
    look(adapters(stage, flow(stage)))

    stage.cloud.fire("roll_up_trends")

    assert stage.call("GET", "/trending").ids == []


def test_the_local_cloud_does_not_wait_for_itself(stage: Stage) -> None:
    name = stage.cloud.by_verb["probe_freshness"].name

    assert name not in {schedule.function for schedule in stage.cloud.clock.schedules}


def test_the_clock_calls_what_never_raises(stage: Stage) -> None:
    stage.users().erase(probe.USER, 1)  # so that the door refuses, and nobody waits

    stage.cloud.by_verb["probe_freshness"].invoke({})

    assert stage.counted(metric.FRESHNESS_MISSED) == 1
    assert stage.counted(metric.FRESHNESS) == 0
