"""Alarms on metric math and on other alarms are taken from a template, and go with it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.emulator.account import Account, new

pytestmark = pytest.mark.emulator


def plain(name: str) -> dict[str, Any]:
    """An alarm on one metric."""
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": name, "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold"}}


def math(name: str) -> dict[str, Any]:
    """An alarm on an expression of metrics."""
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors"}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": name, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [
            {"Id": "twice", "Expression": "errors * 2"},
            {"Id": "errors", "ReturnData": False,
             "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]}}


def composite(name: str) -> dict[str, Any]:
    """An alarm on another."""
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {
        "AlarmName": name, "AlarmRule": "ALARM(other)"}}


def alarms(account: Account) -> set[str]:
    """Those that the account lists."""
    found = account.client("cloudwatch").describe_alarms()
    return {alarm["AlarmName"] for alarm in found["MetricAlarms"]}


def test_ministack_alone_refuses_alarms_on_metric_math(bare: Account) -> None:
    assert bare.state(bare.deploy(Alarm=math(new("alarm")))) == "ROLLBACK_COMPLETE"


def test_ministack_alone_knows_no_alarms_on_alarms(bare: Account) -> None:
    with pytest.raises(ClientError, match="CompositeAlarm"):
        bare.deploy(Alarm=composite(new("alarm")))


@pytest.mark.parametrize("alarm", [math, composite])
def test_alarms_on_more_than_a_metric_come_and_go_with_their_stack(
    patched: Account, alarm: Any
) -> None:
    name = new("alarm")
    stack = patched.deploy(
        Alarm=alarm(name), Told={"Type": "AWS::SNS::Topic", "Properties": {
            "DisplayName": {"Fn::GetAtt": ["Alarm", "Arn"]}, "TopicName": name}})
    assert patched.state(stack) == "CREATE_COMPLETE"

    patched.client("cloudformation").delete_stack(StackName=stack)

    assert patched.state(stack) == "DELETE_COMPLETE"


def test_an_alarm_may_become_one_on_metric_math_and_one_on_a_metric_again(
    patched: Account,
) -> None:
    name = new("alarm")
    stack = patched.deploy(Alarm=plain(name))
    assert patched.state(stack) == "CREATE_COMPLETE"

    patched.update(stack, Alarm=math(name))
    assert patched.state(stack) == "UPDATE_COMPLETE"
    assert name not in alarms(patched)

    patched.update(stack, Alarm=plain(name))
    assert patched.state(stack) == "UPDATE_COMPLETE"
    assert name in alarms(patched)


def test_an_alarm_on_one_metric_is_made_and_deleted_by_ministack(patched: Account) -> None:
    name = new("alarm")
    stack = patched.deploy(Alarm=plain(name))
    assert patched.state(stack) == "CREATE_COMPLETE"
    assert name in alarms(patched)

    patched.client("cloudformation").delete_stack(StackName=stack)

    assert patched.state(stack) == "DELETE_COMPLETE"
    assert name not in alarms(patched)
