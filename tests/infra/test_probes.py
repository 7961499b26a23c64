from typing import Any

import pytest

from tests.infra.synthesized import Stack


def test_ages_are_measured_without_any_request(stack: Stack) -> None:
    (schedule,) = (found for found in stack.of("AWS::Scheduler::Schedule").values()
                   if stack.verb_of(found["Target"]["Arn"]["Fn::GetAtt"][0]) == "measure_models")

    assert schedule["ScheduleExpression"] == "rate(15 minutes)"


def test_the_probe_comes_in_by_the_door_and_reads_as_a_list_does(stack: Stack) -> None:
    actions = stack.actions_of("probe_freshness")

    assert actions == {"lambda:InvokeFunction", "dynamodb:GetItem", "logs:CreateLogStream",
                       "logs:PutLogEvents", "sqs:SendMessage"}


def test_the_probe_may_call_the_door_alone(stack: Stack) -> None:
    (allowed,) = (s for s in stack.statements_of("probe_freshness")
                  if s["Action"] == "lambda:InvokeFunction")

    assert stack.verb_of(allowed["Resource"]["Fn::GetAtt"][0]) == "ingest_events"


@pytest.mark.parametrize(("minutes", "expression"), [
    (1, "rate(1 minute)"), (5, "rate(5 minutes)"), (0, None)])
def test_the_probe_looks_as_often_as_it_is_told(
    synthesize: Any, minutes: int, expression: str | None
) -> None:
    stack: Stack = synthesize(probe_minutes=minutes)

    found = [s["ScheduleExpression"] for s in stack.of("AWS::Scheduler::Schedule").values()
             if stack.verb_of(s["Target"]["Arn"]["Fn::GetAtt"][0]) == "probe_freshness"]

    assert found == ([expression] if expression else [])
    assert any("Freshness" in id_ for id_ in stack.of("AWS::CloudWatch::Alarm")) == bool(minutes)
