"""Kinesis as AWS documents it, in memory: shards that split and merge while records come.

A record's shard is where the MD5 of its partition key falls; what a parent holds stays in it, and
it takes no more; a parent read to its end has no next iterator. Sequence numbers have 56 digits;
those of one partition key grow, across shards too, and those of different shards say nothing.
moto numbers from 1 in each shard, and moves records when one is split.
source: AWS, "PutRecord", "GetShardIterator", "GetRecords", "SplitShard", "MergeShards" (Kinesis
API), "Complete the resharding action", "Kinesis Data Streams terminology"
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any, Self

from botocore.exceptions import ClientError

HASHES = 2**128
ITERATOR_S = 300.0  # an iterator is good for so long. source: AWS, "GetShardIterator"
_ORIGIN = 49 * 10**54  # 56 digits
_GENERATION, _SHARD, _STEP = 10**50, 10**40, 3  # children come after their parents

StreamRecord = dict[str, Any]


@dataclass(frozen=True)
class Shard:
    """Hash keys from `low` to `high`, both included; it is open until `ended`."""

    number: int
    low: int
    high: int
    generation: int = 0
    parents: tuple[str, ...] = ()
    ended: bool = False
    records: list[StreamRecord] = field(default_factory=list)

    @property
    def id(self) -> str:
        """As Kinesis writes it."""
        return f"shardId-{self.number:012}"

    @property
    def next_sequence(self) -> int:
        """Of the record that comes next, or would have."""
        start = _ORIGIN + self.generation * _GENERATION + self.number * _SHARD
        return start + _STEP * len(self.records)

    def told(self) -> dict[str, Any]:
        """As ListShards tells of it."""
        names = ("ParentShardId", "AdjacentParentShardId")
        sequences = {"StartingSequenceNumber": str(replace(self, records=[]).next_sequence)}
        if self.ended:
            sequences["EndingSequenceNumber"] = str(self.next_sequence)
        return {"ShardId": self.id, **dict(zip(names, self.parents, strict=False)),
                "HashKeyRange": {"StartingHashKey": str(self.low), "EndingHashKey": str(self.high)},
                "SequenceNumberRange": sequences}


class Stream:
    """One stream; its methods take and give what boto3's do.

    cut: of so many records that could be read, how many are; GetRecords may give fewer.
    """

    def __init__(
        self, shards: int, clock: Callable[[], float], cut: Callable[[int], int] = lambda n: n
    ) -> None:
        bounds = [HASHES * n // shards for n in range(shards + 1)]
        self._clock, self._cut = clock, cut
        self.shards = [Shard(n, bounds[n], bounds[n + 1] - 1) for n in range(shards)]

    def put_record(self, *, Data: bytes, PartitionKey: str, **_: Any) -> dict[str, Any]:
        """Take a record, in the open shard that its key falls into."""
        place = int.from_bytes(md5(PartitionKey.encode(), usedforsecurity=False).digest())
        (shard,) = (s for s in self.open() if s.low <= place <= s.high)
        sequence = str(shard.next_sequence)
        shard.records.append({
            "SequenceNumber": sequence, "PartitionKey": PartitionKey, "Data": Data,
            "ApproximateArrivalTimestamp": datetime.fromtimestamp(self._clock(), UTC)})
        return {"ShardId": shard.id, "SequenceNumber": sequence}

    def list_shards(self, **_: Any) -> dict[str, Any]:
        """Every shard, open or closed."""
        return {"Shards": [shard.told() for shard in self.shards]}

    def get_shard_iterator(
        self, *, ShardId: str, ShardIteratorType: str, StartingSequenceNumber: str = "0", **_: Any
    ) -> dict[str, Any]:
        """A place in a shard, good for `ITERATOR_S`."""
        start = int(StartingSequenceNumber) + (ShardIteratorType == "AFTER_SEQUENCE_NUMBER")
        return {"ShardIterator": self._iterator(ShardId, start)}

    def get_records(self, *, ShardIterator: str, Limit: int = 10_000, **_: Any) -> dict[str, Any]:
        """What comes from a place on; no next iterator when nothing will ever come.

        raises: ClientError ExpiredIteratorException.
        """
        name, start, made_s = ShardIterator.split()
        if self._clock() - float(made_s) > ITERATOR_S:
            raise ClientError({"Error": {"Code": "ExpiredIteratorException"}}, "GetRecords")
        shard = self.shard(name)
        found = [r for r in shard.records if int(r["SequenceNumber"]) >= int(start)]
        given = found[:self._cut(min(len(found), Limit))]
        if given:
            start = str(int(given[-1]["SequenceNumber"]) + 1)
        over = shard.ended and len(given) == len(found)
        return {"Records": given} | (
            {} if over else {"NextShardIterator": self._iterator(name, int(start))})

    def split_shard(self, *, ShardToSplit: str, NewStartingHashKey: str, **_: Any) -> None:
        """Close a shard; two take what falls below and from a hash key on."""
        parent, middle = self.shard(ShardToSplit), int(NewStartingHashKey)
        assert parent.low < middle <= parent.high, f"{middle} does not split {parent.id}"
        self._follow((parent,), (parent.low, middle - 1), (middle, parent.high))

    def merge_shards(self, *, ShardToMerge: str, AdjacentShardToMerge: str, **_: Any) -> None:
        """Close two neighbours; one takes what falls into either."""
        low, high = sorted((self.shard(ShardToMerge), self.shard(AdjacentShardToMerge)),
                           key=lambda shard: shard.low)
        assert low.high + 1 == high.low, f"{low.id} and {high.id} are no neighbours"
        self._follow((low, high), (low.low, high.high))

    def open(self) -> list[Shard]:
        """Shards that take records, by hash key."""
        return sorted((s for s in self.shards if not s.ended), key=lambda shard: shard.low)

    def shard(self, name: str) -> Shard:
        """A shard by its id."""
        (found,) = (shard for shard in self.shards if shard.id == name)
        return found

    def holding(self, keep: Callable[[Shard, StreamRecord], bytes | None]) -> Self:
        """The same shards and positions, each record with other bytes; None = it is left out."""
        other = type(self)(1, self._clock)
        other.shards = [replace(shard, records=[
            {**record, "Data": data} for record in shard.records
            if (data := keep(shard, record)) is not None]) for shard in self.shards]
        return other

    def _follow(self, parents: tuple[Shard, ...], *ranges: tuple[int, int]) -> None:
        names, generation = tuple(p.id for p in parents), max(p.generation for p in parents) + 1
        self.shards = [replace(shard, ended=shard.ended or shard in parents)
                       for shard in self.shards]
        for low, high in ranges:
            self.shards.append(Shard(len(self.shards), low, high, generation, names))

    def _iterator(self, name: str, start: int) -> str:
        return f"{name} {start} {self._clock()}"
