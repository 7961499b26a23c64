"""Who says that a batch is to be made, who hears it, and how long its lists lie in the bucket."""

import json
from typing import Any

from domain.batch_plan import SPOKEN
from domain.layout import BATCH_DAYS, BATCHES
from tests.infra.synthesized import Stack


def speakers(stack: Stack) -> dict[str, Any]:
    return {verb: statement for verb in stack.functions() for statement in stack.statements_of(verb)
            if statement["Action"] == "events:PutEvents"}


def test_two_functions_speak_and_each_under_this_deployments_name_alone(stack: Stack) -> None:
    found = speakers(stack)

    assert set(found) == {"manage_batches", "make_batch"}
    for statement in found.values():
        assert statement["Condition"] == {"StringEquals": {"events:source": "headwater.headwater"}}
        assert json.dumps(statement["Resource"]).count("event-bus/default") == 1


def test_one_hears_what_is_said_of_this_deployment(stack: Stack) -> None:
    (rule,) = [rule for rule in stack.of("AWS::Events::Rule").values()
               if rule["EventPattern"].get("detail-type") == [SPOKEN]]

    assert rule["EventPattern"]["source"] == ["headwater.headwater"]
    (target,) = rule["Targets"]
    assert stack.verb_of(target["Arn"]["Fn::GetAtt"][0]) == "make_batch"
    assert "DeadLetterConfig" in target


def test_no_copies_are_taken_from_whoever_answers_lists(stack: Stack) -> None:
    assert "ReservedConcurrentExecutions" not in stack.functions()["make_batch"]


def test_it_may_be_called_by_what_it_says(stack: Stack) -> None:
    allowed = {verb for verb, function in stack.functions().items()
               if function.get("RecursiveLoop") == "Allow"}

    assert allowed == {"make_batch"}


def test_lists_go_when_they_are_old(stack: Stack) -> None:
    (bucket,) = stack.of("AWS::S3::Bucket").values()
    (rule,) = [rule for rule in bucket["LifecycleConfiguration"]["Rules"]
               if rule.get("Prefix") == BATCHES]

    assert rule["ExpirationInDays"] == BATCH_DAYS
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= BATCH_DAYS
