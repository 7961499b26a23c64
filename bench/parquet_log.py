"""A log object as Parquet: a peer of what `domain.record` writes, measured where pyarrow is
installed and not shipped; its wheel alone is larger than a Lambda zip may be.
"""

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from domain.event import Batch, Event
from domain.record import Position, Record


def encode(records: Sequence[Record]) -> bytes:
    """One object: a row an event."""
    rows = [{"shard": position.shard_id, "seq": str(position.sequence), "subject": batch.subject,
             "received_ms": batch.received_ms, "session_id": batch.session_id,
             "event_id": e.event_id, "type": e.type, "item_id": e.item_id, "at_ms": e.at_ms,
             "value": e.value, "context": json.dumps(e.context) if e.context else None,
             "recommendation_id": e.recommendation_id, "clamped": e.clamped}
            for position, batch in records for e in batch.events]
    file = BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), file, compression="zstd")
    return file.getvalue()


def decode(data: bytes) -> Iterator[Record]:
    """The records of one object, in order."""
    columns = parquet.read_table(BytesIO(data)).to_pydict()
    rows = zip(*columns.values(), strict=True)
    for head, found in groupby(rows, key=lambda row: row[:5]):
        shard, sequence, subject, received_ms, session_id = head
        events = tuple(_event(row[5:]) for row in found)
        yield Record(Position(shard, int(sequence)),
                     Batch(subject, received_ms, events, session_id))


def _event(row: Sequence[Any]) -> Event:
    event_id, kind, item_id, at_ms, value, context, led, clamped = row
    return Event(event_id, kind, item_id, at_ms, value,
                 json.loads(context) if context else None, led, clamped)
