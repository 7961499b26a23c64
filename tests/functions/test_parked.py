"""What Lambda gave up, read and written."""

import json

import pytest

from domain.erasure import Forgotten, Mark
from domain.key import subject_hash
from functions.parked import ParkedBatch, ParkedError
from tests.functions.stage import NOW_MS, kinesis_event, record

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
RECORDS = [record(n, who, "a") for n, who in enumerate(("ann", "bob", "ann"))]
FORGOTTEN = Forgotten.of([Mark(subject_hash("ann"), NOW_MS)])


def batch(*, as_text: bool = False) -> ParkedBatch:
    poison = (RECORDS[0].position, b"poison")
    event = kinesis_event([*RECORDS, poison, poison], NOW_MS / 1000)
    event["Records"][3]["kinesis"]["partitionKey"] = "ann"
    return ParkedBatch.from_bytes(json.dumps({
        "requestContext": {"functionArn": ARN, "condition": "RetryAttemptsExhausted"},
        "payload": json.dumps(event) if as_text else event}).encode())


@pytest.mark.parametrize("as_text", [False, True])
def test_a_batch_says_whose_it_was_and_what_it_held(as_text: bool) -> None:
    found = batch(as_text=as_text)

    assert found.function == ARN
    assert len(found.records) == 5
    assert found.event == {"Records": found.records}


@pytest.mark.parametrize("as_text", [False, True])
def test_the_forgotten_are_taken_out_though_nobody_can_read_what_they_sent(as_text: bool) -> None:
    kept, found = batch(as_text=as_text).without(FORGOTTEN)

    assert found == {subject_hash("ann"): 3}
    assert kept.records == [batch().records[1], batch().records[4]]
    assert kept.document["requestContext"] == batch().document["requestContext"]
    assert ParkedBatch.from_bytes(kept.to_bytes()).event == kept.event
    assert isinstance(json.loads(kept.to_bytes())["payload"], str) == as_text


@pytest.mark.parametrize("data", [
    b"", b"?", b"[]", b"{}", b'{"requestContext": {"functionArn": 7}, "payload": {"Records": []}}',
    b'{"requestContext": {"functionArn": "a"}}',
    b'{"requestContext": {"functionArn": "a"}, "payload": "?"}',
    b'{"requestContext": {"functionArn": "a"}, "payload": "[]"}',
    b'{"requestContext": {"functionArn": "a"}, "payload": {"Records": {}}}'])
def test_what_is_no_batch_is_refused(data: bytes) -> None:
    with pytest.raises(ParkedError):
        ParkedBatch.from_bytes(data)


@pytest.mark.parametrize("change", [
    {"sequenceNumber": None}, {"sequenceNumber": "seven"}, {"sequenceNumber": 7}, {"data": None},
    {"data": "x"}, {"data": "\u00e9"}, {"partitionKey": None}, {"partitionKey": 7},
    {"approximateArrivalTimestamp": None}, {"approximateArrivalTimestamp": float("nan")},
    {"approximateArrivalTimestamp": float("inf")}, {"approximateArrivalTimestamp": "now"}])
def test_a_batch_with_a_record_that_lambda_did_not_write_is_refused(
    change: dict[str, object]
) -> None:
    event = kinesis_event(RECORDS, NOW_MS / 1000)
    told = event["Records"][1]["kinesis"] | change
    event["Records"][1]["kinesis"] = {n: value for n, value in told.items() if value is not None}

    with pytest.raises(ParkedError):
        ParkedBatch.from_bytes(json.dumps({
            "requestContext": {"functionArn": ARN}, "payload": event}).encode())


@pytest.mark.parametrize("record", [None, 7, {}, {"eventID": "s:1"}, {"eventID": 7, "kinesis": {}}])
def test_a_batch_of_something_else_is_refused(record: object) -> None:
    with pytest.raises(ParkedError):
        ParkedBatch.from_bytes(json.dumps({
            "requestContext": {"functionArn": ARN}, "payload": {"Records": [record]}}).encode())
