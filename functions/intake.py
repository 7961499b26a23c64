"""A Kinesis invocation -> records; what nobody can read is quarantined and counts as done."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.record import Position, Record, RecordError, decode_batch
from functions.quarantine import keep
from functions.shelf import Shelf
from functions.stream import deliveries

LATE = "late"  # beside the records: they were given up once, and later ones may be applied


class Intake(NamedTuple):
    """What one invocation brought.

    quarantined: where the records stood that nobody can read.
    arrived_ms:  of the first record, the same at every retry that begins with it.
    late:        `replay_events` brought it.
    """

    records: list[Record]
    quarantined: list[Position]
    arrived_ms: int
    late: bool = False

    def quarantined_before(self, failed: Position | None) -> int:
        """How many were quarantined for good: those from `failed` on come again."""
        return sum(failed is None or at.sequence < failed.sequence for at in self.quarantined)


def take_in(event: Mapping[str, Any], shelf: Shelf) -> Intake:
    """Decode every delivery.

    raises: botocore errors, when a bad record cannot be quarantined: then nothing is done yet.
    """
    records: list[Record] = []
    quarantined: list[Position] = []
    arrived_ms = 0
    for delivery in deliveries(event):
        try:
            record = Record(delivery.position, decode_batch(delivery.data))
        except RecordError as error:
            keep(shelf, delivery, str(error))
            quarantined.append(delivery.position)
            continue
        arrived_ms = arrived_ms or delivery.arrived_ms
        records.append(record)
    return Intake(records, quarantined, arrived_ms, bool(event.get(LATE)))


def failed_from(position: Position | None) -> dict[str, list[dict[str, str]]]:
    """The answer that makes Lambda retry from this record on; None when all is done.

    source: AWS, "Configuring partial batch response with Kinesis Data Streams and Lambda".
    """
    failures = [] if position is None else [{"itemIdentifier": str(position.sequence)}]
    return {"batchItemFailures": failures}
