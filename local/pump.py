"""Stream -> functions: every mapping reads every shard, parents before their children.

A shard's children begin when the mapping is done with it, so that a user's records stay in order
across a split or a merge. Everything happens in `step`; a thread calls it, or `drain` does.
"""

import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.lane import Lane
from local.mapping import EventSource

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient
    from types_boto3_kinesis.type_defs import RecordTypeDef as StreamRecord
    from types_boto3_kinesis.type_defs import ShardTypeDef
    from types_boto3_s3 import S3Client

POLL_S = 1.0  # base rate of polls of a shard. source: AWS, "Using Lambda ... Kinesis Data Streams"
POLL_AFTER_PUT_S = 0.1  # and when a record is known to have come: AWS would not know
RESHARD_S = 5.0  # how often shards are listed
MAX_READ = 10_000  # records a GetRecords call. source: AWS, "GetRecords" (Kinesis API)

Invoke = Callable[[str, Any], Any]  # function, event -> its answer
Checkpoint = tuple[str, str]  # iterator type and sequence number


class PumpError(RuntimeError):
    """Records do not get through in the time given."""


class Pump:
    """All mappings of one cloud.

    window_scale: of batching windows, and of pauses between retries; 0.1 = ten times faster.
    turn:         held while it works; hold it to have the stream stand still.
    checkpoints:  mapping/shard -> where to go on; `on_checkpoint` is told of new ones.
    """

    def __init__(
        self, sources: Sequence[EventSource], invoke: Invoke, kinesis: "KinesisClient",
        s3: "S3Client", *, window_scale: float = 1.0, clock: Callable[[], float] = time.time,
        checkpoints: Mapping[str, Checkpoint] | None = None,
        on_checkpoint: Callable[[str, Checkpoint], None] = lambda _name, _checkpoint: None,
    ) -> None:
        self.window_scale = window_scale
        self.clock, self.kinesis, self.s3, self.invoke = clock, kinesis, s3, invoke
        self.checkpoints, self.on_checkpoint = dict(checkpoints or {}), on_checkpoint
        self.given_up: list[str] = []  # a sentence for each time records were given up
        self.sources = sources
        self._readers: dict[tuple[str, str], Reader] = {}
        self.turn = threading.RLock()
        self._news = False
        self._listed_s = -RESHARD_S

    @property
    def idle(self) -> bool:
        """Everything that was there at the last look is done."""
        return all(reader.idle for reader in self._readers.values())

    def nudge(self) -> None:
        """A record was put: do not wait for the next poll."""
        self._news = True

    def step(self, *, flush: bool = False) -> bool:
        """Let every reader do what is due; True = something happened."""
        with self.turn:
            now_s = self.clock()
            if flush or now_s - self._listed_s >= RESHARD_S:
                self._list_shards()
                self._listed_s = now_s
            if self._news:
                self._news = False
                for reader in self._readers.values():
                    reader.news = True
            stepped = [reader.step(flush) for reader in self._readers.values()
                       if self._may_read(reader)]
            return any(stepped)

    def drain(self, timeout_s: float = 600.0) -> None:
        """Consume all there is, windows counting as over.

        raises: PumpError, when that takes too long: a function fails and is retried for ever.
        """
        end_s = time.monotonic() + timeout_s
        while self.step(flush=True) or not self.idle:
            if time.monotonic() > end_s:
                stuck = sorted({r.source.name for r in self._readers.values() if not r.idle})
                raise PumpError(f"{', '.join(stuck)} did not finish within {timeout_s:.0f} s")
            time.sleep(0)

    def run(self, stopped: threading.Event) -> None:
        """Step until stopped: the body of a thread."""
        while not stopped.is_set():
            if not self.step():
                stopped.wait(POLL_AFTER_PUT_S / 2)

    def forget(self) -> None:
        """The stream was emptied: read it from its beginning."""
        with self.turn:
            self._readers.clear()
            self.checkpoints.clear()
            self._listed_s = -RESHARD_S

    def _list_shards(self) -> None:
        for arn in {source.stream_arn for source in self.sources}:
            shards = self.kinesis.list_shards(StreamARN=arn)["Shards"]
            for source in (s for s in self.sources if s.stream_arn == arn):
                for shard in shards:
                    key = (source.name, shard["ShardId"])
                    if key not in self._readers:
                        self._readers[key] = Reader(self, source, shard)
                    if "EndingSequenceNumber" in shard["SequenceNumberRange"]:
                        self._readers[key].close()

    def _may_read(self, reader: "Reader") -> bool:
        parents = (self._readers.get((reader.source.name, name)) for name in reader.parents)
        return all(parent is None or parent.finished for parent in parents)


class Reader:
    """One mapping on one shard. news: a record is known to have come."""

    def __init__(self, pump: Pump, source: EventSource, shard: "ShardTypeDef") -> None:
        self.source, self.shard_id = source, shard["ShardId"]
        self.parents = [shard[key] for key in ("ParentShardId", "AdjacentParentShardId")
                        if key in shard]
        self.news = False
        self._closed = False
        self._pump = pump
        self._name = f"{source.name}/{self.shard_id}"
        self._checkpoint = pump.checkpoints.get(self._name, ("TRIM_HORIZON", ""))
        self._iterator = ""
        self._at_end = False
        self._read_s = 0.0
        self._lanes = [Lane(source, self._invoke, self._give_up) for _ in range(source.lanes)]

    @property
    def idle(self) -> bool:
        """Everything that was there at the last look is done."""
        return self._at_end and all(lane.idle for lane in self._lanes)

    @property
    def finished(self) -> bool:
        """Nothing more will ever come."""
        return self._closed and self.idle

    def close(self) -> None:
        """The shard takes no more records; what it got since the last look is still to be read."""
        if not self._closed:
            self._closed, self._at_end = True, False

    def step(self, flush: bool) -> bool:
        """Read, and let each lane do what is due; True = something happened."""
        now_s, scale = self._pump.clock(), self._pump.window_scale
        soon = self.news or not self._at_end
        pause_s = 0.0 if flush else POLL_AFTER_PUT_S if soon else POLL_S
        read = now_s - self._read_s >= pause_s and not self.finished and self._read(now_s)
        stepped = [lane.step(now_s, flush=flush, scale=scale) for lane in self._lanes]
        if any(stepped):
            self._note()
        return read or any(stepped)

    def _read(self, now_s: float) -> bool:
        room = self.source.batch_size * self.source.lanes - sum(lane.held for lane in self._lanes)
        if room <= 0:
            return False
        self._read_s, self.news = now_s, False
        records = self._next_records(min(room, MAX_READ))
        self._at_end = not records
        for record in records:
            lane = zlib.crc32(record["PartitionKey"].encode()) % len(self._lanes)
            self._lanes[lane].add(record, now_s)
            self._checkpoint = ("AFTER_SEQUENCE_NUMBER", record["SequenceNumber"])
        return bool(records)

    def _next_records(self, limit: int) -> Sequence["StreamRecord"]:
        kinesis = self._pump.kinesis
        if not self._iterator:
            kind, sequence = self._checkpoint
            start = {"StartingSequenceNumber": sequence} if sequence else {}
            self._iterator = kinesis.get_shard_iterator(
                StreamARN=self.source.stream_arn, ShardId=self.shard_id,
                ShardIteratorType=kind, **start)["ShardIterator"]  # type: ignore[arg-type]
        try:
            found = kinesis.get_records(ShardIterator=self._iterator, Limit=limit,
                                        StreamARN=self.source.stream_arn)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExpiredIteratorException":
                raise
            self._iterator = ""
            return []
        self._iterator = found.get("NextShardIterator", "")
        if not self._iterator:
            self.close()
        return found["Records"]

    def _note(self) -> None:
        pending = [s for lane in self._lanes if (s := lane.first_sequence) is not None]
        checkpoint = ("AT_SEQUENCE_NUMBER", str(min(pending))) if pending else self._checkpoint
        if self._pump.checkpoints.get(self._name) != checkpoint:
            self._pump.checkpoints[self._name] = checkpoint
            self._pump.on_checkpoint(self._name, checkpoint)

    def _invoke(self, records: Sequence["StreamRecord"]) -> Any:
        return self._pump.invoke(self.source.function, self.source.event(self.shard_id, records))

    def _give_up(self, records: Sequence["StreamRecord"], condition: str, invocations: int) -> None:
        source = self.source
        self._pump.given_up.append(f"{source.function} gave up {len(records)} records of "
                                   f"{self.shard_id}: {condition}")
        if source.bucket:
            key, body = source.obituary(self.shard_id, records, condition, invocations,
                                        self._pump.clock())
            self._pump.s3.put_object(Bucket=source.bucket, Key=key, Body=body)
