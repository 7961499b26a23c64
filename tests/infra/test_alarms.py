import json
from typing import Any

import pytest

from tests.alarm_math import looked_at
from tests.infra.synthesized import Stack

METRICS_PER_ALARM = 10  # of an alarm over an expression; beyond it, split the alarm
RULE_CHARACTERS = 10_240  # source: AWS, "PutCompositeAlarm" (CloudWatch API)


def topic_of(stack: Stack) -> dict[str, str]:
    (topic,) = stack.of("AWS::SNS::Topic")
    return {"Ref": topic}


def members_of(whole: dict[str, Any]) -> set[str]:
    """Logical ids of the alarms that a rule names."""
    return {part["Fn::GetAtt"][0] for part in whole["AlarmRule"]["Fn::Join"][1]
            if isinstance(part, dict)}


def test_the_alarm_of_a_promise_tells_somebody_when_it_begins_and_ends(stack: Stack) -> None:
    for whole in stack.of("AWS::CloudWatch::CompositeAlarm").values():
        assert whole["AlarmActions"] == whole["OKActions"] == [topic_of(stack)]


def test_what_a_promise_is_made_of_does_not_tell_a_second_time(stack: Stack) -> None:
    for alarm in stack.of("AWS::CloudWatch::Alarm").values():
        assert "AlarmActions" not in alarm


def test_every_alarm_belongs_to_one_promise(stack: Stack) -> None:
    members = [member for whole in stack.of("AWS::CloudWatch::CompositeAlarm").values()
               for member in members_of(whole)]

    assert sorted(members) == sorted(stack.of("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("name", ["stack", "gated"])
def test_alarms_stay_within_what_cloudwatch_takes(
    name: str, request: pytest.FixtureRequest
) -> None:
    stack: Stack = request.getfixturevalue(name)
    for alarm in stack.of("AWS::CloudWatch::Alarm").values():
        assert len(looked_at(alarm)) <= METRICS_PER_ALARM
    for whole in stack.of("AWS::CloudWatch::CompositeAlarm").values():
        assert len(json.dumps(whole["AlarmRule"])) < RULE_CHARACTERS


@pytest.mark.parametrize("service", ["cloudwatch", "budgets"])
def test_who_speaks_to_the_topic_may_do_so_for_this_account(stack: Stack, service: str) -> None:
    (policy,) = stack.of("AWS::SNS::TopicPolicy").values()

    (allowed,) = (s for s in policy["PolicyDocument"]["Statement"]
                  if s["Principal"] == {"Service": f"{service}.amazonaws.com"})

    assert (allowed["Effect"], allowed["Action"]) == ("Allow", "sns:Publish")
    assert allowed["Resource"] == topic_of(stack)
    assert allowed["Condition"]["StringEquals"] == {
        "aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_an_address_is_told_by_mail(synthesize: Any) -> None:
    stack = synthesize(alarm_email="owner@shop.example")

    (subscription,) = stack.of("AWS::SNS::Subscription").values()

    assert subscription["Endpoint"] == "owner@shop.example"
