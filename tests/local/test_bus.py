from typing import Any

import pytest

from local import bus
from local.bus import Bus, matches
from local.function import FunctionError
from local.template import TemplateError
from tests.local.stage import template

EVENT = {"source": "aws.sagemaker", "detail": {"name": "shop-1", "status": "Failed", "n": 5,
                                               "tags": ["a", "b"], "nothing": None}}


@pytest.mark.parametrize(("pattern", "expected"), [
    ({}, True),
    ({"source": ["aws.sagemaker"]}, True),
    ({"source": ["aws.s3", "aws.sagemaker"]}, True),
    ({"source": ["aws.s3"]}, False),
    ({"missing": ["x"]}, False),
    ({"missing": [None]}, False),
    ({"detail": {"nothing": [None]}}, True),
    ({"detail": {"status": ["Completed", "Failed"], "name": ["shop-1"]}}, True),
    ({"detail": {"status": ["Failed"], "name": ["other"]}}, False),
    ({"source": {"deeper": ["x"]}}, False),
    ({"detail": {"tags": ["b"]}}, True),
    ({"detail": {"tags": ["c"]}}, False),
    ({"detail": {"name": [{"prefix": "shop-"}]}}, True),
    ({"detail": {"name": [{"prefix": "other-"}]}}, False),
    ({"detail": {"n": [{"prefix": "5"}]}}, False),
    ({"detail": {"name": [{"suffix": "-1"}]}}, True),
    ({"detail": {"status": [{"anything-but": "Failed"}]}}, False),
    ({"detail": {"status": [{"anything-but": ["Stopped"]}]}}, True),
    ({"detail": {"name": [{"anything-but": {"prefix": "shop-"}}]}}, False),
    ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
    ({"detail": {"n": [{"numeric": [">", 0, "<=", 5]}]}}, True),
    ({"detail": {"n": [{"numeric": [">", 5]}]}}, False),
    ({"detail": {"name": [{"numeric": ["=", 5]}]}}, False),
    ({"detail": {"missing": [{"exists": False}]}}, True),
    ({"detail": {"name": [{"exists": False}]}}, False),
    ({"detail": {"name": [{"exists": True}]}}, True),
])
def test_a_pattern_matches_as_documented(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, EVENT) is expected


def test_an_operator_that_is_not_played_is_named() -> None:
    with pytest.raises(TemplateError, match="wildcard"):
        matches({"source": [{"wildcard": "aws.*"}]}, EVENT)


def job_ended(name: str = "stage-1", role: str = "TrainingRole") -> dict[str, Any]:
    detail = {"TrainingJobName": name, "TrainingJobStatus": "Completed",
              "RoleArn": f"arn:aws:iam::123456789012:role/{role}"}
    return bus.event("aws.sagemaker", "SageMaker Training Job State Change", detail, ["arn"])


def test_an_event_wakes_the_functions_whose_rules_match() -> None:
    made = Bus(template(), lambda function, event: [function, event["detail"]["TrainingJobName"]])

    answers = made.publish(job_ended())

    assert answers == [["Hear", "stage-1"]]


@pytest.mark.parametrize("event", [job_ended(name="other-1"), job_ended(role="OtherRole")])
def test_an_event_of_another_deployment_wakes_nobody(event: dict[str, Any]) -> None:
    made = Bus(template(), lambda function, _: function)

    assert made.publish(event) == []


def test_a_disabled_rule_wakes_nobody() -> None:
    rule = template().resources("AWS::Events::Rule")["JobEnded"]
    made = Bus(template(JobEnded={"Type": "AWS::Events::Rule",
                                  "Properties": {**rule, "State": "DISABLED"}}),
               lambda function, _: function)

    assert made.publish(job_ended()) == []


def test_a_target_may_get_a_constant_in_place_of_the_event() -> None:
    rule = template().resources("AWS::Events::Rule")["JobEnded"]
    target = {**rule["Targets"][0], "Input": '{"constant": 1}'}
    made = Bus(template(JobEnded={"Type": "AWS::Events::Rule",
                                  "Properties": {**rule, "Targets": [target]}}),
               lambda _, event: event)

    assert made.publish(job_ended()) == [{"constant": 1}]


class Failing:
    """Fails the first `times` calls."""

    def __init__(self, times: int) -> None:
        self.times, self.calls = times, 0

    def __call__(self, function: str, event: Any) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise FunctionError("not now")
        return "done"


def test_an_asynchronous_call_is_tried_twice_more() -> None:
    failing = Failing(times=2)
    made = Bus(template(), failing)

    answer = made.call("Hear", {})

    assert (answer, failing.calls, made.parked) == ("done", 3, [])


def test_a_call_that_keeps_failing_is_parked() -> None:
    failing = Failing(times=9)
    made = Bus(template(), failing)

    answer = made.call("Hear", {})

    assert (answer, failing.calls, made.parked) == (None, 3, ["Hear: not now"])


def test_the_template_says_how_often_a_call_is_tried_again() -> None:
    failing = Failing(times=9)
    made = Bus(template(Once={"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {
        "FunctionName": {"Ref": "Hear"}, "MaximumRetryAttempts": 0}}), failing)

    made.call("Hear", {})

    assert failing.calls == 1
