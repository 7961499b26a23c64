"""Kinesis: one user's batch put on the stream, and records as a Lambda receives them."""

import base64
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.erasure import Forgotten
from domain.event import Batch
from domain.key import subject_hash
from domain.record import Position, RecordError, decode_batch, encode_batch
from functions.aws import CONFIG, Patience, kinesis

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient


class Delivery(NamedTuple):
    """A stream record not yet decoded. who: `key.subject_hash` of whoever it is about."""

    position: Position
    data: bytes
    arrived_ms: int
    who: int

    def batch(self) -> Batch | None:
        """What it says; None when nobody can read it."""
        try:
            return decode_batch(self.data)
        except RecordError:
            return None

    def left_out_of(self, forgotten: Forgotten) -> int | None:
        """Hash of the forgotten whose record this is; None when it stays.

        Of what nobody can read it counts to whom it was sent, and when it arrived.
        """
        batch = self.batch()
        if batch is None:
            return self.who if forgotten.covers(self.who, self.arrived_ms) else None
        return subject_hash(batch.subject) if forgotten.leaves_out(batch) else None


class Stream:
    """One Kinesis stream."""

    def __init__(
        self, name: str, client: "KinesisClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or kinesis(config)
        self._name = name

    def put(self, batch: Batch) -> Position:
        """Put one user's batch, keyed by the user, so that a user's records keep their order.

        raises: botocore ClientError, after the client's own retries. cost: one 25 KB PUT unit.
        """
        answer = self._client.put_record(
            StreamName=self._name, Data=encode_batch(batch), PartitionKey=batch.subject)
        return Position(answer["ShardId"], int(answer["SequenceNumber"]))

    def shards(self) -> list[str]:
        """Ids of all shards that still hold records."""
        answer = self._client.list_shards(StreamName=self._name)
        found = answer["Shards"]
        # The token stands for the stream's name, and both at once are refused, so botocore's
        # paginator fails on its second page. source: AWS, "ListShards" (Kinesis API).
        while token := answer.get("NextToken"):
            answer = self._client.list_shards(NextToken=token)
            found += answer["Shards"]
        return [shard["ShardId"] for shard in found]


def event_of(position: Position, subject: str, data: bytes, arrived_ms: int) -> dict[str, Any]:
    """One record as a Lambda receives it, as far as `deliveries` reads it."""
    return {"Records": [{
        "eventID": f"{position.shard_id}:{position.sequence}",
        "kinesis": {"sequenceNumber": str(position.sequence), "partitionKey": subject,
                    "data": base64.b64encode(data).decode(),
                    "approximateArrivalTimestamp": arrived_ms / 1000}}]}


def deliveries(event: Mapping[str, Any]) -> Iterator[Delivery]:
    """The records of a Lambda event, in stream order.

    source: AWS, "Using Lambda to process records from Amazon Kinesis Data Streams".
    """
    for record in event["Records"]:
        shard_id, _, _ = record["eventID"].partition(":")
        kinesis = record["kinesis"]
        position = Position(shard_id, int(kinesis["sequenceNumber"]))
        arrived_ms = round(float(kinesis["approximateArrivalTimestamp"]) * 1000)
        yield Delivery(position, base64.b64decode(kinesis["data"]), arrived_ms,
                       subject_hash(kinesis["partitionKey"]))
