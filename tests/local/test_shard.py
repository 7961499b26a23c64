"""A stream is read as moto reads it, and no record that is not asked for is looked at."""

from collections import OrderedDict
from typing import Any

import pytest
from moto.kinesis.models import kinesis_backends

from local import shard
from local.engine import Engine
from local.template import ACCOUNT, REGION

COUNT = 9


@pytest.fixture
def kinesis(engine: Engine) -> Any:
    """A stream of two shards, and a third that moto made of a copy of both."""
    client = engine.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=2)
    put(client, COUNT)
    client.merge_shards(StreamName="s", ShardToMerge=id_of(0), AdjacentShardToMerge=id_of(1))
    return client


def id_of(number: int) -> str:
    return f"shardId-{number:012}"


def put(client: Any, count: int) -> None:
    for n in range(count):
        client.put_record(StreamName="s", Data=b"?", PartitionKey=f"user-{n}")


def look(client: Any, shard: int, after: int, limit: int) -> Any:
    start = client.get_shard_iterator(
        StreamName="s", ShardId=id_of(shard), ShardIteratorType="AFTER_SEQUENCE_NUMBER",
        StartingSequenceNumber=str(after))["ShardIterator"]
    found = client.get_records(ShardIterator=start, Limit=limit)
    return {name: found[name] for name in ("Records", "NextShardIterator", "MillisBehindLatest")}


def looks(client: Any) -> list[Any]:
    """All that can be seen of the stream, from before its first record to beyond the last."""
    return [client.list_shards(StreamName="s")["Shards"], *(
        look(client, shard, after, limit)
        for shard in range(3) for after in range(-1, COUNT + 2) for limit in (1, 2, COUNT + 1))]


def test_whatever_is_asked_the_answer_is_motos(kinesis: Any) -> None:
    ours = looks(kinesis)

    shard.remove()
    try:
        theirs = looks(kinesis)
    finally:
        shard.install()
    assert ours == theirs
    assert max(len(found["Records"]) for found in ours[1:]) == COUNT


class Unlisted(OrderedDict[int, Any]):
    """Gives a record by its number, and counts; all of them to nobody."""

    asked = 0

    def __getitem__(self, number: int) -> Any:
        self.asked += 1
        return super().__getitem__(number)

    def items(self) -> Any:
        raise AssertionError("all records are looked at")

    keys = values = items


def test_a_put_and_a_look_cost_what_they_touch(kinesis: Any) -> None:
    streams = kinesis_backends[ACCOUNT][REGION].streams
    shards = streams["s"].shards.values()
    for each in shards:
        each.records = Unlisted(each.records)

    put(kinesis, 1)
    found = look(kinesis, 2, after=3, limit=2)

    assert [record["SequenceNumber"] for record in found["Records"]] == ["4", "5"]
    assert sum(each.records.asked for each in shards) == 2 + 1  # and the newest: how far behind
