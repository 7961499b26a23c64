"""A rollout goes on, waits or leaves at each look, and whoever decides otherwise is right."""

import time

import pytest

from domain import metric
from domain.calls import Both
from domain.rollout import GO_ON, LEAVE, STEP_MS, WAIT, Rollout
from functions.registry import Entry, Registry
from functions.step_rollout import metrics, step
from tests.domain.counted import calls
from tests.functions.stage import NOW_MS, Stage

OLD, NEW = "a" * 16, "b" * 16
GOOD = Both(calls(400), calls(40_000))
BAD = Both(calls(9, failed=9), calls(900))


@pytest.fixture(autouse=True)
def _unprinted() -> None:
    metrics.clear_metrics()


@pytest.fixture
def registry(stage: Stage) -> Registry:
    """NEW is rolled out beside OLD since NOW_MS."""
    found = stage.registry()
    for version in (OLD, NEW):
        found.record(Entry(version, NOW_MS - 1, f"job-{version}", [], {}, ""))
    found.point(OLD, NOW_MS - 1)
    began(found, NOW_MS)
    return found


def began(registry: Registry, at_ms: int) -> None:
    pointer = registry.pointer()
    assert pointer
    assert registry.roll_out(pointer, Rollout(NEW, 0.01, at_ms, at_ms))


def rollout(registry: Registry) -> Rollout:
    pointer = registry.pointer()
    assert pointer
    assert pointer.rollout
    return pointer.rollout


def look(registry: Registry, at_ms: int) -> str:
    found = step(registry, at_ms)
    return found.act if found else ""


def test_while_nothing_is_rolled_out_nothing_happens(stage: Stage) -> None:
    assert step(stage.registry(), NOW_MS) is None

    stage.cloud.by_verb["step_rollout"].invoke({})

    assert stage.counted(metric.ROLLOUT_AGE_H) == 0


def test_a_good_model_goes_on_to_everybody_each_time_by_new_counts(registry: Registry) -> None:
    shares, now_ms = [], NOW_MS
    for _ in range(3):
        shares.append(rollout(registry).share)
        registry.tell(rollout(registry), GOOD, now_ms // 1000)
        now_ms += STEP_MS
        assert look(registry, now_ms - 1) == WAIT
        assert look(registry, now_ms) == GO_ON

    assert shares == [0.01, 0.1, 0.5]
    assert registry.pointer() == (NEW, now_ms, now_ms, None)


def test_harm_is_taken_back_at_the_next_look_and_the_reason_stays(registry: Registry) -> None:
    registry.tell(rollout(registry), BAD, NOW_MS // 1000)

    assert look(registry, NOW_MS + 60_000) == LEAVE

    assert registry.pointer() == (OLD, NOW_MS - 1, NOW_MS + 60_000, None)
    why = registry.promoted(NEW).rolled_back
    assert why
    assert "fail" in why
    assert registry.promoted(OLD).rolled_back is None


@pytest.mark.parametrize("seen", [GOOD, BAD])
def test_what_an_administrator_decides_meanwhile_stands(registry: Registry, seen: Both) -> None:
    class Overtaken(Registry):
        def seen(self, rollout: Rollout) -> Both:
            assert registry.point(OLD, NOW_MS + STEP_MS - 1)
            return seen

    overtaken = Overtaken(registry._table, registry._client)

    step(overtaken, NOW_MS + STEP_MS)

    assert registry.pointer() == (OLD, NOW_MS + STEP_MS - 1, NOW_MS + STEP_MS - 1, None)
    assert registry.promoted(NEW).rolled_back is None


def test_a_second_end_of_a_job_begins_nothing_again(registry: Registry) -> None:
    registry.tell(rollout(registry), BAD, NOW_MS // 1000)
    look(registry, NOW_MS + 60_000)
    pointer = registry.pointer()
    assert pointer

    assert not registry.roll_out(pointer, Rollout(NEW, 0.01, NOW_MS, NOW_MS))


def test_a_look_tells_how_long_the_share_stands_and_that_a_model_left(stage: Stage) -> None:
    now_ms = time.time_ns() // 1_000_000
    found = stage.registry()
    for version in (OLD, NEW):
        found.record(Entry(version, 0, f"job-{version}", [], {}, ""))
    found.point(OLD, 1)
    began(found, now_ms - 7_200_000)
    found.tell(rollout(found), BAD, now_ms // 1000)

    answer = stage.cloud.by_verb["step_rollout"].invoke({})

    assert answer["act"] == LEAVE
    assert stage.counted(metric.ROLLOUT_AGE_H) == pytest.approx(2, abs=0.1)
    assert stage.counted(metric.ROLLED_BACK) == 1
    assert any("rolled back" in line for line in stage.logged())
