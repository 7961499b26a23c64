import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.mapping import EventSource
from local.template import TemplateError

ARRIVED = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/s"


def record(sequence: int) -> Any:
    return {"SequenceNumber": str(sequence), "PartitionKey": "ü", "Data": b"\xff\x00",
            "ApproximateArrivalTimestamp": ARRIVED}


def properties(**changes: Any) -> dict[str, Any]:
    return {"EventSourceArn": STREAM, "StartingPosition": "TRIM_HORIZON", **changes}


def failures(*names: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def test_settings_left_out_are_those_of_the_service() -> None:
    source = EventSource.from_properties("Mapping", "Function", properties())

    assert source == EventSource("Mapping", "Function", STREAM, 100, 0, 1, False, False, -1, -1, "")


def test_records_arrive_as_lambda_hands_them_over() -> None:
    source = EventSource("Mapping", "Function", STREAM)

    event = source.event("shardId-000000000001", [record(7)])

    assert event["Records"] == [{
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "ü", "sequenceNumber": "7",
                    "data": base64.b64encode(b"\xff\x00").decode(),
                    "approximateArrivalTimestamp": 1767323045.678},
        "eventSource": "aws:kinesis", "eventVersion": "1.0",
        "eventID": "shardId-000000000001:7", "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/Function",
        "awsRegion": "us-east-1", "eventSourceARN": STREAM}]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []},
                                    {"batchItemFailures": None}])
def test_an_answer_that_names_nothing_is_a_success(answer: Any) -> None:
    source = EventSource("Mapping", "Function", STREAM, reports=True)

    assert source.first_failed([record(1), record(2)], answer) is None


def test_the_lowest_of_several_failures_counts() -> None:
    source = EventSource("Mapping", "Function", STREAM, reports=True)

    assert source.first_failed([record(n) for n in range(1, 6)], failures("4", "2", "5")) == 1


@pytest.mark.parametrize("name", ["", None, "99"])
def test_a_failure_that_names_no_record_fails_the_whole_batch(name: Any) -> None:
    source = EventSource("Mapping", "Function", STREAM, reports=True)

    assert source.first_failed([record(1), record(2)], failures("2", name)) == 0


def test_records_given_up_are_kept_whole_under_the_documented_key() -> None:
    source = EventSource("Mapping", "Function", STREAM)

    key, body = source.obituary("shardId-000000000000", [record(1), record(2)],
                                "RetryAttemptsExhausted", 3, ARRIVED.timestamp())

    parts = key.split("/")
    kept = json.loads(body)
    assert parts[:2] == ["aws", "lambda"]
    assert parts[3:7] == ["shardId-000000000000", "2026", "01", "02"]
    assert parts[7].startswith("2026-01-02T03.04.05-")
    assert kept["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert kept["requestContext"]["approximateInvokeCount"] == 3
    assert kept["KinesisBatchInfo"] == {
        "shardId": "shardId-000000000000", "startSequenceNumber": "1", "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "2026-01-02T03:04:05.678Z",
        "approximateArrivalOfLastRecord": "2026-01-02T03:04:05.678Z",
        "batchSize": 2, "streamArn": STREAM}
    assert kept["payload"] == source.event("shardId-000000000000", [record(1), record(2)])


@pytest.mark.parametrize("changes", [
    {"StartingPosition": "LATEST"}, {"TumblingWindowInSeconds": 5},
    {"FilterCriteria": {"Filters": []}},
    {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:1:q"}}},
])
def test_what_the_pump_does_not_play_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="Mapping"):
        EventSource.from_properties("Mapping", "Function", properties(**changes))
