"""The stream keeps what AWS documents of shards, sequence numbers and iterators."""

from hashlib import md5
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.mapping import EventSource
from local.pump import Pump
from soak.clock import Clock
from soak.stream import HASHES, ITERATOR_S, Stream

KEYS = [f"user {n}" for n in range(40)]
ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"


def made(shards: int = 1, clock: Clock | None = None, **options: Any) -> Stream:
    return Stream(shards, clock or Clock(), **options)


def put(stream: Stream, key: str, data: bytes = b"") -> tuple[str, int]:
    told = stream.put_record(StreamName="s", Data=data, PartitionKey=key)
    return told["ShardId"], int(told["SequenceNumber"])


def halve(stream: Stream, place: int = 0) -> None:
    shard = stream.open()[place]
    stream.split_shard(ShardToSplit=shard.id,
                       NewStartingHashKey=str((shard.low + shard.high + 1) // 2))


def read(stream: Stream, shard_id: str, kind: str = "TRIM_HORIZON",
         sequence: int = 0) -> dict[str, Any]:
    start = stream.get_shard_iterator(ShardId=shard_id, ShardIteratorType=kind,
                                      StartingSequenceNumber=str(sequence))
    return stream.get_records(ShardIterator=start["ShardIterator"])


def sequences(answer: dict[str, Any]) -> list[int]:
    return [int(record["SequenceNumber"]) for record in answer["Records"]]


def test_a_record_goes_where_the_md5_of_its_key_falls() -> None:
    stream = made(shards=3)

    placed = {key: put(stream, key)[0] for key in KEYS}

    assert len(set(placed.values())) == 3
    for key, shard_id in placed.items():
        place = int(md5(key.encode()).hexdigest(), 16)
        shard = stream.shard(shard_id)
        assert shard.low <= place <= shard.high


def test_open_shards_cover_every_hash_key_once_however_they_are_cut() -> None:
    stream = made(shards=3)

    halve(stream)
    halve(stream, 2)
    low, high = stream.open()[1:3]
    stream.merge_shards(ShardToMerge=high.id, AdjacentShardToMerge=low.id)

    found = stream.open()
    assert found[0].low == 0
    assert found[-1].high == HASHES - 1
    assert all(a.high + 1 == b.low for a, b in pairwise(found))


def test_sequence_numbers_have_56_digits_and_those_of_a_key_grow_across_shards() -> None:
    stream, last = made(shards=2), dict.fromkeys(KEYS, 0)

    for _ in range(4):
        for key in KEYS:
            _, sequence = put(stream, key)

            assert sequence > last[key]
            assert len(str(sequence)) == 56
            last[key] = sequence
        halve(stream)
        low, high = stream.open()[-2:]
        stream.merge_shards(ShardToMerge=low.id, AdjacentShardToMerge=high.id)


def test_records_of_a_parent_stay_and_it_takes_no_more() -> None:
    stream = made()
    before = [put(stream, key) for key in KEYS]

    halve(stream)
    after = [put(stream, key) for key in KEYS]

    parent = before[0][0]
    assert sequences(read(stream, parent)) == [sequence for _, sequence in before]
    assert parent not in {shard_id for shard_id, _ in after}
    assert len({shard_id for shard_id, _ in after}) == 2


def test_shards_are_told_with_their_parents_and_their_end() -> None:
    stream = made(shards=2)

    low, high = stream.open()
    stream.merge_shards(ShardToMerge=low.id, AdjacentShardToMerge=high.id)

    *parents, child = stream.list_shards()["Shards"]
    assert all("EndingSequenceNumber" in told["SequenceNumberRange"] for told in parents)
    assert {child["ParentShardId"], child["AdjacentParentShardId"]} == {low.id, high.id}
    assert "EndingSequenceNumber" not in child["SequenceNumberRange"]


def test_shards_that_are_no_neighbours_do_not_merge() -> None:
    stream = made(shards=3)
    low, _, high = stream.open()

    with pytest.raises(AssertionError, match="no neighbours"):
        stream.merge_shards(ShardToMerge=low.id, AdjacentShardToMerge=high.id)


def test_reading_begins_at_a_sequence_number_or_after_it() -> None:
    stream = made()
    shard_id, _ = put(stream, "a")
    wanted = [put(stream, "a")[1] for _ in range(3)]

    at = read(stream, shard_id, "AT_SEQUENCE_NUMBER", wanted[0])
    after = read(stream, shard_id, "AFTER_SEQUENCE_NUMBER", wanted[0])

    assert sequences(at) == wanted
    assert sequences(after) == wanted[1:]


def test_a_closed_shard_that_is_read_has_no_next_iterator_an_open_one_has() -> None:
    stream = made()
    shard_id, _ = put(stream, "a")

    before = read(stream, shard_id)
    halve(stream)
    after = read(stream, shard_id)

    assert "NextShardIterator" in before
    assert "NextShardIterator" not in after
    assert sequences(after) == sequences(before)


def test_fewer_records_may_come_and_the_rest_comes_next() -> None:
    stream = made(cut=lambda n: min(n, 2))
    wanted = [put(stream, "a")[1] for _ in range(5)]

    found, answer = list[int](), read(stream, stream.shards[0].id)
    while answer["Records"]:
        found += sequences(answer)
        answer = stream.get_records(ShardIterator=answer["NextShardIterator"])

    assert found == wanted


def test_an_iterator_expires() -> None:
    clock = Clock()
    stream = made(clock=clock)
    start = stream.get_shard_iterator(ShardId=stream.shards[0].id, ShardIteratorType="TRIM_HORIZON")

    clock.pass_(ITERATOR_S + 1)

    with pytest.raises(ClientError, match="ExpiredIteratorException"):
        stream.get_records(ShardIterator=start["ShardIterator"])


def test_a_stream_with_other_bytes_has_the_same_positions() -> None:
    stream = made(shards=2)
    kept = [put(stream, key, key.encode()) for key in KEYS][::2]

    other = stream.holding(lambda _, record: b"new" if record["Data"].decode() in KEYS[::2]
                           else None)

    found = [(shard.id, int(r["SequenceNumber"])) for shard in other.shards for r in shard.records]
    assert sorted(found) == sorted(kept)
    assert {r["Data"] for shard in other.shards for r in shard.records} == {b"new"}


def test_the_pump_reads_parents_before_their_children() -> None:
    clock = Clock()
    stream, seen = made(shards=2, clock=clock), list[tuple[str, str]]()
    source = EventSource("Mapping", "f", ARN, batch_size=3)

    def function(_: str, event: Any) -> None:
        seen.extend((r["kinesis"]["partitionKey"], r["kinesis"]["sequenceNumber"])
                    for r in event["Records"])

    pump = Pump([source], function, stream, None, clock=clock)  # type: ignore[arg-type]
    wanted = list[tuple[str, str]]()
    for _ in range(3):
        wanted += [(key, str(put(stream, key)[1])) for key in KEYS]
        pump.step(flush=True)
        halve(stream)

    pump.drain()

    assert sorted(seen) == sorted(wanted)
    for key in KEYS:
        assert [s for k, s in seen if k == key] == [s for k, s in wanted if k == key]
