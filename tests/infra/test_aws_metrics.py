"""Alarms over what AWS itself counts: the metric is documented, and the resource is ours."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.alarm_math import SILENCE, key_of, looked_at, rings
from tests.infra.synthesized import Stack

# Namespace -> metric -> the sets of dimensions it is found under.
DOCUMENTED: dict[str, dict[str, list[set[str]]]] = {
    # source: AWS, "Types of metrics for Lambda functions", "Viewing metrics for Lambda functions":
    # FunctionName adds up all versions and aliases, so it holds with SnapStart too.
    "AWS/Lambda": {
        **{name: [{"FunctionName"}]
           for name in ("Errors", "Invocations", "Throttles", "Duration", "IteratorAge")},
        **{name: [{"EventSourceMappingUUID"}]
           for name in ("OnFailureDestinationDeliveredEventCount", "DroppedEventCount")},
    },
    # source: AWS, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch".
    "AWS/Kinesis": {"WriteProvisionedThroughputExceeded": [{"StreamName"}],
                    "IncomingRecords": [{"StreamName"}]},
    # source: AWS, "DynamoDB Metrics and dimensions".
    "AWS/DynamoDB": {
        name: [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}]
        for name in ("ReadThrottleEvents", "WriteThrottleEvents")},
    # source: AWS, "Amazon API Gateway dimensions and metrics".
    # and "Monitor CloudWatch metrics for HTTP APIs in API Gateway".
    "AWS/ApiGateway": {"5XXError": [{"ApiName"}], "5xx": [{"ApiId"}],
                       "Count": [{"ApiName"}, {"ApiId"}]},
    # source: AWS, "Available CloudWatch metrics for Amazon SQS".
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible": [{"QueueName"}]},
}
KINDS = {
    "FunctionName": "AWS::Lambda::Function", "StreamName": "AWS::Kinesis::Stream",
    "EventSourceMappingUUID": "AWS::Lambda::EventSourceMapping",
    "TableName": "AWS::DynamoDB::Table", "QueueName": "AWS::SQS::Queue",
    "ApiId": "AWS::ApiGatewayV2::Api",
}


def of_aws(stack: Stack) -> dict[str, dict[str, Any]]:
    """Name -> properties of the alarms that look at nothing of our own."""
    return {id_.removeprefix("Monitoring")[:-8]: alarm
            for id_, alarm in stack.of("AWS::CloudWatch::Alarm").items()
            if all(m["Namespace"].startswith("AWS/") for m in looked_at(alarm))}


def metrics(stack: Stack) -> Iterator[dict[str, Any]]:
    for alarm in stack.of("AWS::CloudWatch::Alarm").values():
        yield from (dict(m) for m in looked_at(alarm) if m["Namespace"].startswith("AWS/"))


@pytest.mark.parametrize("settings", [{}, {"profile": "prod"}, {"profile": "cheap"}])
def test_a_metric_of_aws_is_documented_with_these_dimensions(
    synthesize: Any, settings: dict[str, Any]
) -> None:
    for metric in metrics(synthesize(**settings)):
        dimensions = {d["Name"] for d in metric["Dimensions"]}

        assert dimensions in DOCUMENTED[metric["Namespace"]][metric["MetricName"]]


@pytest.mark.parametrize("name", ["stack", "cheap"])
def test_a_metric_of_aws_is_that_of_a_resource_of_the_stack(
    name: str, request: pytest.FixtureRequest
) -> None:
    stack: Stack = request.getfixturevalue(name)
    for metric in metrics(stack):
        for dimension in metric["Dimensions"]:
            if kind := KINDS.get(dimension["Name"]):
                (found,) = dimension["Value"].values()
                id_ = found if isinstance(found, str) else found[0]

                assert stack.resources[id_]["Type"] == kind


def test_an_index_is_watched_by_its_name(stack: Stack) -> None:
    indexes = {(id_, index["IndexName"]) for id_, table in stack.of("AWS::DynamoDB::Table").items()
               for index in table.get("GlobalSecondaryIndexes", [])}

    watched = set()
    for metric in metrics(stack):
        place = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
        if "GlobalSecondaryIndexName" in place:
            watched.add((place["TableName"]["Ref"], place["GlobalSecondaryIndexName"]))

    assert watched == indexes


def test_every_table_every_function_and_every_consumer_is_watched(stack: Stack) -> None:
    seen: dict[str, set[str]] = {}
    for metric in metrics(stack):
        for dimension in metric["Dimensions"]:
            if "Ref" in dimension["Value"]:
                seen.setdefault(metric["MetricName"], set()).add(dimension["Value"]["Ref"])

    assert seen["WriteThrottleEvents"] == set(stack.of("AWS::DynamoDB::Table"))
    assert seen["ReadThrottleEvents"] == set(stack.of("AWS::DynamoDB::Table"))
    assert {stack.verb_of(id_) for id_ in stack.of("AWS::Lambda::Function")
            if id_ not in seen["Throttles"]} == {"replay_events", "make_batch"}  # who calls is told
    assert seen["DroppedEventCount"] == set(stack.of("AWS::Lambda::EventSourceMapping"))


def test_the_api_is_watched_by_its_name(stack: Stack) -> None:
    (api,) = stack.of("AWS::ApiGateway::RestApi").values()

    names = {d["Value"] for m in metrics(stack) if m["Namespace"] == "AWS/ApiGateway"
             for d in m["Dimensions"]}

    assert names == {api["Name"]}


def test_any_one_of_its_numbers_above_the_limit_rings(stack: Stack) -> None:
    for name, alarm in of_aws(stack).items():
        expression = "".join(m.get("Expression", "") for m in alarm.get("Metrics", []))
        if "/" in expression or "*" in expression:
            continue

        for metric in looked_at(alarm):
            assert rings(alarm, [{key_of(metric): [alarm["Threshold"] + 1]}]), name


def test_a_share_rings_when_more_than_one_of_a_hundred_fails(stack: Stack) -> None:
    for name in ("ApiErrors", "RecommendErrors"):
        alarm = of_aws(stack)[name]
        part, whole = map(key_of, looked_at(alarm))

        assert rings(alarm, [{part: [3.0], whole: [1.0] * 200}])
        assert not rings(alarm, [{part: [2.0], whole: [1.0] * 200}])


def test_a_consumer_that_is_not_called_has_stopped(stack: Stack) -> None:
    alarm = of_aws(stack)["ConsumersStopped"]
    taken, *calls = map(key_of, looked_at(alarm))

    assert len(calls) == 3
    assert not rings(alarm, [{taken: [5.0], **{call: [1.0] for call in calls}}])
    assert not rings(alarm, [{call: [1.0] for call in calls}])  # by `replay_events`
    assert rings(alarm, [{taken: [5.0]}])
    for stopped in calls:
        assert rings(alarm, [{taken: [5.0], **{c: [1.0] for c in calls if c != stopped}}])


def test_without_trouble_nothing_of_aws_rings(stack: Stack) -> None:
    for name, alarm in of_aws(stack).items():
        quiet = {key_of(metric): [0.0] for metric in looked_at(alarm)}

        assert not rings(alarm, [quiet]), name
        assert not rings(alarm, [SILENCE]), name


def test_trouble_of_one_minute_is_no_news_where_a_few_are_looked_at(stack: Stack) -> None:
    for name, alarm in of_aws(stack).items():
        bad = {key_of(metric): [alarm["Threshold"] + 1] for metric in looked_at(alarm)}

        if alarm["EvaluationPeriods"] > 1:
            assert not rings(alarm, [SILENCE, SILENCE, bad]), name
