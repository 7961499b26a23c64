from typing import Any

import pytest

from local.clock import Clock, period_s
from local.template import Template, TemplateError
from tests.local.stage import template


class Calls:
    """Remembers who was called with what."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Any]] = []

    def __call__(self, function: str, event: Any) -> None:
        self.made.append((function, event))


def scheduled(expression: str, **target: str) -> Template:
    return template(Nightly={"Type": "AWS::Scheduler::Schedule", "Properties": {
        "ScheduleExpression": expression,
        "Target": {"Arn": {"Fn::GetAtt": ["StartJob", "Arn"]}, **target}}})


@pytest.mark.parametrize(("expression", "seconds"), [
    ("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200),
    ("rate(1 day)", 86400), ("cron(0 3 * * ? *)", None), ("at(2026-01-01T00:00:00)", None),
])
def test_a_rate_is_seconds_and_nothing_else_is_kept(expression: str, seconds: Any) -> None:
    assert period_s(expression) == seconds


@pytest.mark.parametrize("expression", ["rate(0 minutes)", "rate(1 week)", "every day", ""])
def test_what_the_service_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(TemplateError, match="no schedule"):
        period_s(expression)


def test_a_schedule_fires_after_each_period() -> None:
    calls = Calls()
    clock = Clock(scheduled("rate(1 minute)", Input='{"a": 1}'), calls, now_s=0.0)

    for now_s in (0.0, 59.0, 60.0, 61.0, 119.0, 120.5):
        clock.tick(now_s)

    assert calls.made == [("StartJob", {"a": 1})] * 2


def test_periods_that_were_missed_are_not_made_up_for() -> None:
    calls = Calls()
    clock = Clock(scheduled("rate(1 minute)"), calls, now_s=0.0)

    clock.tick(600.0)
    clock.tick(601.0)

    assert len(calls.made) == 1


def test_a_smaller_scale_makes_time_pass_faster() -> None:
    calls = Calls()
    clock = Clock(scheduled("rate(1 minute)"), calls, now_s=0.0, scale=0.1)

    clock.tick(6.0)

    assert len(calls.made) == 1


def test_without_an_input_the_service_sends_a_notification() -> None:
    clock = Clock(scheduled("rate(1 minute)"), Calls(), now_s=0.0)

    event = clock.event_for("StartJob")

    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")


def test_a_function_without_schedule_gets_an_empty_event() -> None:
    clock = Clock(scheduled("rate(1 minute)"), Calls(), now_s=0.0)

    assert clock.event_for("Echo") == {}


def test_a_cron_schedule_only_fires_by_hand_and_says_so() -> None:
    calls = Calls()
    clock = Clock(scheduled("cron(0 3 * * ? *)"), calls, now_s=0.0)

    clock.tick(1e9)

    assert calls.made == []
    assert clock.unplayed == ["StartJob: cron(0 3 * * ? *) is not kept here, only rate(...) is"]
