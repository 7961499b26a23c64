"""One user's batch put on the stream, and records as a Lambda receives them."""

import pytest
from botocore.exceptions import ClientError

from domain.event import Batch, Event
from domain.key import subject_hash
from domain.record import Position, decode_batch, encode_batch
from functions.stream import Stream, deliveries, event_of
from tests.functions.faults import Faulty
from tests.functions.stage import FIRST, NOW_MS, Stage, kinesis_event, payload, record


def test_a_batch_is_one_record_of_its_user(stage: Stage) -> None:
    event = Event("e1", "rate", "日本", NOW_MS, 4.5, {"page": "home"}, "r1")
    batch = Batch("user-1", NOW_MS, (event,), "a-session")

    position = stage.stream().put(batch)

    assert position.shard_id.startswith("shardId-")
    assert position.sequence > 0
    [data] = stage.on_stream()
    assert decode_batch(data) == batch


def test_the_partition_key_is_the_user(stage: Stage) -> None:
    name, kinesis = stage.setting("stream_name"), stage.client("kinesis")
    subject = "🚲" * 128  # 128 characters, 256 for Kinesis

    stage.stream().put(Batch(subject, NOW_MS, ()))

    [shard] = kinesis.list_shards(StreamName=name)["Shards"]
    start = kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"],
                                       ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    [found] = kinesis.get_records(ShardIterator=start)["Records"]
    assert found["PartitionKey"] == subject


def test_a_stream_that_takes_nothing_is_an_error(stage: Stage) -> None:
    client = Faulty(stage.client("kinesis"), {"put_record": None})

    with pytest.raises(ClientError):
        stage.stream(client).put(Batch("user-1", NOW_MS, ()))

    assert stage.on_stream() == []


class TwoPages:
    """Lists shards in two pages, and refuses what Kinesis refuses."""

    def list_shards(self, **asked: str) -> dict[str, object]:
        """A name or a token, never both. source: AWS, "ListShards" (Kinesis API)."""
        if asked == {"StreamName": "s"}:
            return {"Shards": [{"ShardId": "shardId-0"}], "NextToken": "more"}
        assert asked == {"NextToken": "more"}
        return {"Shards": [{"ShardId": "shardId-1"}]}


def test_shards_beyond_one_answer_are_asked_for() -> None:
    assert Stream("s", TwoPages()).shards() == ["shardId-0", "shardId-1"]  # type: ignore[arg-type]


def test_the_recorded_event_is_read() -> None:
    first, second = deliveries(payload("kinesis"))

    assert first.position == Position("shardId-000000000006", FIRST)
    assert first.data == b"Hello, this is a test."
    assert first.arrived_ms == 1545084650987
    assert second.position.sequence == 49590338271490256608559692540925702759324208523137515618


def test_what_was_put_is_what_is_delivered() -> None:
    sent = [record(n, f"user-{n}", "a", "b") for n in range(3)]

    found = list(deliveries(kinesis_event(sent, 1_760_000_000.25)))

    assert [d.position for d in found] == [r.position for r in sent]
    assert [decode_batch(d.data) for d in found] == [r.batch for r in sent]
    assert {d.arrived_ms for d in found} == {1_760_000_000_250}


def test_an_event_made_by_hand_is_read_as_one_of_lambdas() -> None:
    found = record(1, "user-1", "a")
    data = encode_batch(found.batch)

    (delivery,) = deliveries(event_of(found.position, "user-1", data, NOW_MS))

    assert delivery == (found.position, data, NOW_MS, subject_hash("user-1"))
