import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine import Engine
from local.function import FunctionError
from local.mapping import EventSource
from local.pump import Pump, PumpError

START_S = 1_000_000.0
ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"


class Stream:
    """Shards and their records, read as the Kinesis API lets them be read."""

    def __init__(self, *shards: str) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {name: [] for name in shards}
        self.parents: dict[str, dict[str, str]] = {name: {} for name in shards}
        self.closed: set[str] = set()
        self.reads = 0
        self.expired = False

    def put(self, shard: str, sequence: int, key: str = "u") -> None:
        self.records[shard].append({
            "SequenceNumber": str(sequence), "PartitionKey": key, "Data": b"{}",
            "ApproximateArrivalTimestamp": datetime.fromtimestamp(START_S, UTC)})

    def split(self, parent: str, *children: str) -> None:
        self.closed.add(parent)
        for child in children:
            self.records[child] = []
            self.parents[child] = {"ParentShardId": parent}

    def list_shards(self, **_: Any) -> dict[str, Any]:
        return {"Shards": [{
            "ShardId": name, **self.parents[name],
            "SequenceNumberRange": {"StartingSequenceNumber": "0"}
            | ({"EndingSequenceNumber": "9"} if name in self.closed else {}),
        } for name in self.records]}

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        start = int(asked.get("StartingSequenceNumber", "0"))
        after = asked["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER"
        return {"ShardIterator": f"{asked['ShardId']} {start + after}"}

    def get_records(self, **asked: Any) -> dict[str, Any]:
        self.reads += 1
        if self.expired:
            self.expired = False
            raise ClientError({"Error": {"Code": "ExpiredIteratorException"}}, "GetRecords")
        shard, start = asked["ShardIterator"].split()
        found = [r for r in self.records[shard]
                 if int(r["SequenceNumber"]) >= int(start)][:asked["Limit"]]
        following = int(found[-1]["SequenceNumber"]) + 1 if found else start
        over = shard in self.closed and not found
        return {"Records": found} | ({} if over else {"NextShardIterator": f"{shard} {following}"})


class Seen:
    """What functions were given: (function, sequence), in order."""

    def __init__(self, fails: Callable[[str], bool] = lambda _sequence: False) -> None:
        self.order: list[tuple[str, str]] = []
        self.fails = fails

    def __call__(self, function: str, event: Any) -> Any:
        names = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
        if any(map(self.fails, names)):
            raise FunctionError("broken")
        self.order += [(function, name) for name in names]
        return None


class Objects:
    """Objects that were put."""

    def __init__(self) -> None:
        self.put: dict[str, bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        self.put[f"{Bucket}/{Key}"] = Body


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.s = START_S

    def __call__(self) -> float:
        return self.s


def pump(stream: Any, seen: Any, **settings: Any) -> Pump:
    sources = settings.pop("sources", [EventSource("Mapping", "f", ARN)])
    settings.setdefault("clock", Now())
    return Pump(sources, seen, stream, settings.pop("s3", Objects()), **settings)


def test_every_mapping_sees_every_record_of_every_shard() -> None:
    stream, seen = Stream("a", "b"), Seen()
    for sequence in range(1, 4):
        stream.put("a", sequence)
        stream.put("b", 10 + sequence)
    sources = [EventSource(name, name, ARN, batch_size=2, window_s=60) for name in "fg"]

    pump(stream, seen, sources=sources).drain()

    assert sorted(seen.order) == sorted((f, str(n)) for f in "fg" for n in (1, 2, 3, 11, 12, 13))


def test_draining_twice_delivers_nothing_twice() -> None:
    stream, seen = Stream("a"), Seen()
    stream.put("a", 1)
    made = pump(stream, seen)

    made.drain()
    stream.put("a", 2)
    made.drain()

    assert seen.order == [("f", "1"), ("f", "2")]


def test_children_begin_when_their_parent_is_done() -> None:
    stream, seen = Stream("p"), Seen()
    made = pump(stream, seen)
    stream.put("p", 1)
    made.drain()
    stream.put("p", 2)
    stream.split("p", "c1", "c2")
    stream.put("c1", 3)
    stream.put("c2", 4)

    made.drain()

    assert [name for _, name in seen.order][:2] == ["1", "2"]
    assert sorted(name for _, name in seen.order) == ["1", "2", "3", "4"]


def test_a_child_waits_while_its_parent_is_stuck() -> None:
    stream, seen = Stream("p"), Seen(fails=lambda sequence: sequence == "1")
    stream.put("p", 1)
    stream.split("p", "c")
    stream.put("c", 2)
    made = pump(stream, seen)

    for _ in range(20):
        made.step(flush=True)

    assert seen.order == []


def test_a_merged_shard_waits_for_both_parents() -> None:
    stream, seen = Stream("a", "b"), Seen(fails=lambda sequence: sequence == "2")
    stream.put("a", 1)
    stream.put("b", 2)
    stream.split("a", "m")
    stream.closed.add("b")
    stream.parents["m"] = {"ParentShardId": "a", "AdjacentParentShardId": "b"}
    stream.put("m", 3)
    made = pump(stream, seen)

    for _ in range(20):
        made.step(flush=True)

    assert seen.order == [("f", "1")]


def test_lanes_keep_the_order_of_each_key() -> None:
    stream, seen = Stream("a"), Seen()
    for sequence in range(1, 41):
        stream.put("a", sequence, key=f"user {sequence % 7}")
    source = EventSource("Mapping", "f", ARN, batch_size=3, lanes=4)

    pump(stream, seen, sources=[source]).drain()

    for user in range(7):
        order = [int(name) for _, name in seen.order if int(name) % 7 == user]
        assert order == sorted(order)
    assert len(seen.order) == 40


def test_one_stuck_key_does_not_stop_the_other_lanes() -> None:
    stream, seen = Stream("a"), Seen(fails=lambda sequence: sequence == "1")
    for sequence in range(1, 9):
        stream.put("a", sequence, key=f"user {sequence}")
    made = pump(stream, seen, sources=[EventSource("Mapping", "f", ARN, batch_size=1, lanes=8)])

    for _ in range(20):
        made.step(flush=True)

    assert "1" not in [name for _, name in seen.order]
    assert len(seen.order) > 3


def test_a_new_pump_goes_on_at_the_checkpoint() -> None:
    stream, seen = Stream("a"), Seen()
    notes: dict[str, Any] = {}
    stream.put("a", 1)
    pump(stream, seen, on_checkpoint=notes.__setitem__).drain()
    stream.put("a", 2)

    pump(stream, seen, checkpoints=notes).drain()

    assert seen.order == [("f", "1"), ("f", "2")]
    assert notes == {"Mapping/a": ("AFTER_SEQUENCE_NUMBER", "1")}


def test_the_checkpoint_stays_before_what_is_not_done() -> None:
    stream, seen = Stream("a"), Seen(fails=lambda sequence: sequence == "2")
    notes: dict[str, Any] = {}
    for sequence in (1, 2, 3):
        stream.put("a", sequence)
    source = EventSource("Mapping", "f", ARN, batch_size=1)
    made = pump(stream, seen, sources=[source], on_checkpoint=notes.__setitem__)

    for _ in range(20):
        made.step(flush=True)

    assert notes == {"Mapping/a": ("AT_SEQUENCE_NUMBER", "2")}


def test_an_expired_iterator_is_drawn_anew_where_reading_stopped() -> None:
    stream, seen = Stream("a"), Seen()
    made = pump(stream, seen)
    stream.put("a", 1)
    made.drain()
    stream.put("a", 2)
    stream.expired = True

    made.step(flush=True)
    made.drain()

    assert seen.order == [("f", "1"), ("f", "2")]


def test_an_empty_shard_is_polled_once_a_second() -> None:
    stream, now = Stream("a"), Now()
    made = pump(stream, Seen(), clock=now)

    for _ in range(100):  # ten seconds
        made.step()
        now.s += 0.1

    assert 8 <= stream.reads <= 12


def test_a_nudge_brings_the_next_poll_forward() -> None:
    stream, seen, now = Stream("a"), Seen(), Now()
    made = pump(stream, seen, clock=now)
    made.step()
    stream.put("a", 1)
    made.nudge()

    made.step()
    now.s += 0.11
    made.step()

    assert seen.order == [("f", "1")]


def test_what_is_given_up_goes_to_the_bucket() -> None:
    stream, seen, objects, now = Stream("a"), Seen(lambda name: name == "1"), Objects(), Now()
    stream.put("a", 1)
    stream.put("a", 2)
    source = EventSource("Mapping", "f", ARN, batch_size=1, max_retries=0, bucket="kept")
    made = pump(stream, seen, sources=[source], s3=objects, clock=now)

    made.drain()

    [(key, body)] = objects.put.items()
    assert key.startswith("kept/aws/lambda/")
    assert json.loads(body)["KinesisBatchInfo"]["startSequenceNumber"] == "1"
    assert made.given_up == ["f gave up 1 records of a: RetryAttemptsExhausted"]
    assert seen.order == [("f", "2")]


def test_a_function_that_never_recovers_ends_the_drain_with_its_name() -> None:
    stream = Stream("a")
    stream.put("a", 1)
    made = pump(stream, Seen(fails=lambda _: True))

    with pytest.raises(PumpError, match="Mapping"):
        made.drain(timeout_s=0.0)


def test_a_forgotten_stream_is_read_from_its_beginning() -> None:
    stream, seen = Stream("a"), Seen()
    stream.put("a", 1)
    made = pump(stream, seen)
    made.drain()

    made.forget()
    made.drain()

    assert seen.order == [("f", "1"), ("f", "1")]


def test_it_reads_a_real_stream_while_a_thread_turns_it(engine: Engine) -> None:
    kinesis = engine.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=2)
    seen, stopped = Seen(), threading.Event()
    made = Pump([EventSource("Mapping", "f", ARN, window_s=60)], seen, kinesis, Objects())
    thread = threading.Thread(target=made.run, args=(stopped,))
    thread.start()
    for number in range(20):
        kinesis.put_record(StreamName="s", Data=b"{}", PartitionKey=f"u{number}")

    made.drain()
    stopped.set()
    thread.join()

    assert len(seen.order) == 20
