from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain import metric
from domain.defence import REASONS
from tests.infra.synthesized import Stack

FUNCTIONS = Path(__file__).parents[2] / "functions"
CONSTANTS = {value: name for name, value in vars(metric).items() if name.isupper()}
CONSTANTS |= {metric.held(reason): "held(" for reason in REASONS}


def watched(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Alarm id and each metric it looks at."""
    for id_, alarm in stack.of("AWS::CloudWatch::Alarm").items():
        if "MetricName" in alarm:
            yield id_, alarm
        for entry in alarm.get("Metrics", []):
            if "MetricStat" in entry:
                yield id_, entry["MetricStat"]["Metric"]


def test_an_alarm_watches_what_its_function_emits(stack: Stack) -> None:
    own = [entry for _, entry in watched(stack) if entry["Namespace"].startswith("Headwater/")]

    assert own
    for entry in own:
        (dimension,) = entry["Dimensions"]
        nouns = {"recommend": ("recommend", "lists", "desk")}
        source = "".join((FUNCTIONS / f"{name}.py").read_text() for name
                         in nouns.get(dimension["Value"], (dimension["Value"],)))
        assert dimension["Name"] == "service"
        assert f"metric.{CONSTANTS[entry['MetricName']]}" in source


def test_parked_records_are_counted_for_every_consumer(stack: Stack) -> None:
    counted = [entry["Dimensions"][0] for _, entry in watched(stack)
               if entry["MetricName"] == "OnFailureDestinationDeliveredEventCount"]

    assert {dimension["Name"] for dimension in counted} == {"EventSourceMappingUUID"}
    assert {dimension["Value"]["Ref"] for dimension in counted} == set(
        stack.of("AWS::Lambda::EventSourceMapping"))


def test_the_api_is_measured_under_the_deployments_name(stack: Stack) -> None:
    counted = [entry["Dimensions"] for _, entry in watched(stack)
               if entry["Namespace"] == "AWS/ApiGateway"]

    assert counted
    assert all(dimensions == [{"Name": "ApiName", "Value": "headwater"}] for dimensions in counted)


def test_every_consumer_is_measured_against_the_stream(stack: Stack) -> None:
    late = {stack.verb_of(entry["Dimensions"][0]["Value"]["Ref"])
            for _, entry in watched(stack) if entry["MetricName"] == "IteratorAge"}

    assert late == {"update_user_features", "update_item_features", "write_event_log"}
