"""What the meter counts, held against what lies in the tables and the bucket afterwards."""

import gzip
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from domain.batch_plan import LANES
from local.bill.meter import STREAM, Meter
from local.bill.tally import Work
from local.cloud import Cloud
from local.proxy import Request

USER = "u" * 36


@pytest.fixture(scope="module")
def running() -> Iterator[Cloud]:
    with Cloud(None, live=False) as cloud:
        yield cloud


@pytest.fixture
def metered(running: Cloud) -> Iterator[tuple[Cloud, Meter]]:
    running.reset()
    meter = Meter(running)
    meter.on()
    yield running, meter
    meter.off()


def post(cloud: Cloud, user_id: str, events: int, first: int = 0) -> int:
    body = {"user_id": user_id, "events": [
        {"event_id": f"e-{first + n}", "type": "view", "item_id": f"i-{first + n}"}
        for n in range(events)]}
    return cloud.gateway.answer(Request(
        "POST", "/events", [("x-api-key", cloud.api_key)], json.dumps(body).encode())).status


def items(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    table = next(function.environment[f"HEADWATER_{name}_TABLE"]
                 for function in cloud.functions.values()
                 if f"HEADWATER_{name}_TABLE" in function.environment)
    return cloud.engine.client("dynamodb").scan(TableName=table)["Items"]


def test_a_call_is_counted_with_what_it_reads_puts_writes_and_answers(
    metered: tuple[Cloud, Meter]
) -> None:
    cloud, meter = metered

    assert post(cloud, USER, 3) == 202

    used = meter.tallies["ingest_events"].used
    assert meter.tallies["ingest_events"].work == Work(1, 1, 3)
    assert (used["dynamodb"], used["read_unit"], used["kinesis"]) == (1, 0.5, 1)
    assert used["answer_bytes"] > len('{"accepted":3,"rejected":[]}')
    assert used["cpu_ms"] > 0


def test_a_record_is_counted_by_its_size_and_its_users_id(metered: tuple[Cloud, Meter]) -> None:
    cloud, meter = metered

    post(cloud, USER, 25)

    kinesis = cloud.engine.client("kinesis")
    name = cloud.by_verb["ingest_events"].environment["HEADWATER_STREAM_NAME"]
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    (shard,) = kinesis.list_shards(StreamARN=arn)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamARN=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    (record,) = kinesis.get_records(StreamARN=arn, ShardIterator=iterator)["Records"]
    size = len(record["Data"]) + len(USER)
    assert meter.tallies[STREAM].work == Work(1, 1, 25)
    assert meter.tallies[STREAM].used == {
        "put_unit": 1, "bytes": size, "whole_kb": math.ceil(size / 1024)}


def test_a_state_is_read_and_written_by_its_size(metered: tuple[Cloud, Meter]) -> None:
    cloud, meter = metered
    for number in range(5):  # 100 events are the most that a state keeps: more than a kilobyte
        post(cloud, USER, 25, first=25 * number)
        cloud.drain()

    (state,) = items(cloud, "USERS")
    size = len(state["state"]["B"]) + len(USER) + len("state") + 2 + len(
        "subject" "part" "state" "revision")
    used = meter.tallies["update_user_features"].used
    assert 1024 < size <= 2048
    # Of whom nothing is known yet a transaction: a write of 25 events at 17 bytes and the check
    # that there is no mark, each twice. Then 50 events are a kilobyte and more.
    assert used["write_unit"] == 2 + 2 + 2 + 2 + 2 + 2
    assert used["read_unit"] == 5
    assert sum(units for (_, key), units in meter.writes.items() if key == USER) == 10


def test_states_that_are_read_together_are_each_paid_for_and_waited_for_once(
    metered: tuple[Cloud, Meter]
) -> None:
    cloud, meter = metered
    for user in range(3):
        post(cloud, f"{USER}-{user}", 1)

    cloud.drain()

    tally = meter.tallies["update_user_features"]
    assert tally.work == Work(1, 3, 3)
    assert tally.used["read_unit"] == 3
    assert tally.used["dynamodb"] == 1 + 3  # and the writes


def test_a_page_counts_for_its_shard_and_an_object_with_its_bytes(
    metered: tuple[Cloud, Meter]
) -> None:
    cloud, meter = metered
    post(cloud, USER, 25)
    post(cloud, "other", 1)

    cloud.drain()

    (page,) = items(cloud, "PAGES")
    pages, log = meter.tallies["update_item_features"], meter.tallies["write_event_log"]
    assert pages.work == log.work == Work(1, 2, 26)
    assert pages.used["write_unit"] == 1
    assert [units for (_, key), units in meter.writes.items()
            if key == page["shard"]["S"]] == [1]
    s3 = cloud.engine.client("s3")
    bucket = cloud.by_verb["write_event_log"].environment["HEADWATER_BUCKET_NAME"]
    (listed,) = s3.list_objects_v2(Bucket=bucket, Prefix="events/")["Contents"]
    body = s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
    assert len(gzip.decompress(body).splitlines()) == 2
    assert (log.used["s3_put"], log.used["s3_bytes"]) == (1, len(body))


def test_a_roll_up_is_counted_by_what_came_since_the_last(metered: tuple[Cloud, Meter]) -> None:
    cloud, meter = metered
    cloud.fire("roll_up_trends")
    post(cloud, USER, 4)
    cloud.drain()

    cloud.fire("roll_up_trends")

    tally = meter.tallies["roll_up_trends"]
    assert tally.work == Work(2, 1, 4)
    assert (tally.used["s3_get"], tally.used["s3_put"]) == (4, 4)  # the first looks three times
    assert tally.used["read_unit"] >= 4  # two queries each time, found or not


def test_a_batch_is_paid_for_by_what_it_scans_says_and_writes(
    metered: tuple[Cloud, Meter]
) -> None:
    cloud, meter = metered
    post(cloud, USER, 1)
    cloud.drain()
    with cloud.client() as client:
        begun = client.call("POST", "/batches", {}, admin=True)

    cloud.drain()

    segments = begun.body["segments"]
    asked, made = meter.tallies["manage_batches"], meter.tallies["make_batch"]
    assert asked.used["bus_event"] == LANES
    assert (made.work.calls, made.used["bus_event"]) == (segments, segments - LANES)
    assert made.used["s3_put"] == segments + 2  # notes; a part, and the manifest
    assert made.used["read_unit"] > 0


def test_a_write_that_is_forbidden_is_billed_all_the_same(metered: tuple[Cloud, Meter]) -> None:
    cloud, meter = metered
    users = cloud.by_verb["update_user_features"]
    table = users.environment["HEADWATER_USERS_TABLE"]

    def lose(*_: Any) -> dict[str, Any]:
        dynamodb = cloud.engine.client("dynamodb")
        item = {"subject": {"S": USER}, "part": {"S": "state"}, "state": {"B": b"x" * 1500}}
        dynamodb.put_item(TableName=table, Item=item)
        with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.put_item(TableName=table, Item=item,
                              ConditionExpression="attribute_not_exists(subject)")
        return {}

    meter._ask(_Acting(lose, users.verb), {})  # type: ignore[arg-type]

    assert meter.tallies[users.verb].used["write_unit"] == 4


def test_nothing_is_counted_before_on_and_after_off(metered: tuple[Cloud, Meter]) -> None:
    cloud, meter = metered
    meter.off()

    post(cloud, USER, 3)
    cloud.drain()

    assert dict(meter.tallies) == {}
    assert dict(meter.writes) == {}


def test_a_call_that_has_no_price_here_ends_the_run(metered: tuple[Cloud, Meter]) -> None:
    cloud, _ = metered

    with cloud.client() as client:
        reply = client.call("DELETE", f"/users/{USER}", admin=True)

    assert reply.status == 502
    assert "Item has no price here" in cloud.log.read_text()


class _Acting:
    """A function that does what the test says."""

    def __init__(self, act: Any, verb: str) -> None:
        self.invoke, self.verb = act, verb
