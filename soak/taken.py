"""What the stream took: every record at its position, and the first copy of every event."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.record import Position, Record, RecordError, decode_batch, encode_batch
from soak.stream import Stream, StreamRecord


@dataclass(frozen=True)
class Taken:
    """The content of a stream.

    records:    in the order in which each user's came.
    unreadable: bytes that are no record of ours.
    first:      position -> what is left of a record without what a producer had sent before;
                None = nothing.
    resent:     users of whom something came twice.
    """

    records: list[Record]
    unreadable: dict[Position, bytes]
    first: dict[Position, bytes | None]
    resent: set[str]

    @classmethod
    def of(cls, stream: Stream) -> "Taken":
        """All of a stream."""
        records: list[Record] = []
        unreadable: dict[Position, bytes] = {}
        for shard in stream.shards:
            for entry in shard.records:
                position = _position(shard.id, entry)
                try:
                    records.append(Record(position, decode_batch(entry["Data"])))
                except RecordError:
                    unreadable[position] = entry["Data"]
        records.sort(key=lambda record: (record.position.sequence, record.position.shard_id))
        first, resent = _first_copies(records)
        return cls(records, unreadable, {**unreadable, **first}, resent)

    def without_copies(self, stream: Stream) -> Stream:
        """The stream as it would be, had no producer sent anything twice."""
        return stream.holding(lambda shard, entry: self.first[_position(shard.id, entry)])

    @property
    def subjects(self) -> list[str]:
        """Everybody of whom there is a record."""
        return sorted({record.batch.subject for record in self.records})

    def of_user(self, subject: str) -> list[Record]:
        """One user's records, in order."""
        return [record for record in self.records if record.batch.subject == subject]


def _first_copies(records: Iterable[Record]) -> tuple[dict[Position, bytes | None], set[str]]:
    seen: dict[str, set[str]] = {}
    first: dict[Position, bytes | None] = {}
    resent: set[str] = set()
    for position, batch in records:
        known = seen.setdefault(batch.subject, set())
        fresh = []
        for event in batch.events:
            if event.event_id not in known:
                known.add(event.event_id)
                fresh.append(event)
        if len(fresh) < len(batch.events):
            resent.add(batch.subject)
        first[position] = encode_batch(batch._replace(events=tuple(fresh))) if fresh else None
    return first, resent


def _position(shard_id: str, entry: StreamRecord) -> Position:
    return Position(shard_id, int(entry["SequenceNumber"]))
