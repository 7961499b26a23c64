"""A batch <-> the bytes of one stream record; and the same records, kept as event-log objects.

The log is what the stream carried, so training replays exactly what the updaters saw. One object
is gzipped JSON lines, one line a record with its position.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from domain.event import MAX_TIME_MS, Batch, Event
from domain.schema import Check, compile_schema

# Written is the least version that tells all of a record: what an older reader would misread, it
# quarantines, and `replay_events` brings it back. 2: a session was joined to the user.
VERSION = 2
# Kinesis sequence numbers are decimal strings of about 56 digits: compared as padded strings,
# since DynamoDB's Number keeps 38. source: AWS, "Kinesis Data Streams terminology".
SEQUENCE_DIGITS = 60

# What the consumers rely on and no more: records outlive the limits that callers are held to.
_TEXT = {"type": "string"}
_TIME_MS = {"type": "integer", "minimum": 0, "maximum": MAX_TIME_MS}
_REQUIRED = ["event_id", "type", "item_id", "at_ms"]
_EVENT = {
    "type": "object",
    "required": _REQUIRED,
    "properties": {
        "event_id": _TEXT, "type": _TEXT, "item_id": _TEXT, "at_ms": _TIME_MS,
        "value": {"type": "number", "minimum": -1e300, "maximum": 1e300},  # no NaN, no infinity
        "context": {"type": "object"}, "recommendation_id": _TEXT, "clamped": {"type": "boolean"},
        "propensity": {"type": "number", "minimum": 0, "maximum": 1},
    },
}
_BATCH = {
    "type": "object",
    "required": ["v", "subject", "received_ms", "events"],
    "properties": {
        "v": {"type": "integer", "minimum": 1, "maximum": VERSION},
        "subject": _TEXT, "received_ms": _TIME_MS, "session_id": _TEXT,
        "request_id": _TEXT,  # absent from what was written before there was one
        "joins": _TEXT,
        "events": {"type": "array", "maxItems": 255, "items": _EVENT},  # a page counts to 255
    },
}
SEQUENCE = {"type": "string", "pattern": rf"^[0-9]{{1,{SEQUENCE_DIGITS}}}(?![\s\S])",
            "description": f"must be 1 to {SEQUENCE_DIGITS} digits"}
_LINE = {
    "type": "object",
    "required": ["shard", "seq", "batch"],
    "properties": {"shard": _TEXT, "seq": SEQUENCE, "batch": _BATCH},
}
_FIELDS = frozenset(Event._fields)
_OPTIONAL = tuple(name for name in Event._fields if name not in _REQUIRED)
_check_batch = compile_schema(_BATCH)
_check_line = compile_schema(_LINE)


class RecordError(ValueError):
    """The bytes are no record of ours; quarantined with this reason, never retried."""


class Position(NamedTuple):
    """Where in the stream a record stands; sequence numbers grow within a shard."""

    shard_id: str
    sequence: int

    @property
    def padded(self) -> str:
        """The sequence number as a string that sorts as the number does."""
        return str(self.sequence).zfill(SEQUENCE_DIGITS)


class Record(NamedTuple):
    """One user's batch at its place in the stream."""

    position: Position
    batch: Batch


def encode_batch(batch: Batch) -> bytes:
    """The batch as the stream carries it."""
    return _encode(to_document(batch))


def decode_batch(data: bytes) -> Batch:
    """Read what `encode_batch` wrote, by this or an earlier version.

    raises: RecordError, when it cannot be read.
    """
    return _to_batch(_decode(data, _check_batch))


def reread_batch(data: bytes) -> Batch:
    """What `encode_batch` wrote where nobody else writes: not checked again.

    cost: half of `decode_batch`.
    """
    return _to_batch(json.loads(data))


def encode_log(records: Iterable[Record]) -> bytes:
    """One event-log object: gzipped lines of `{"shard", "seq", "batch"}`.

    Request ids are left out: the log lines where they lead are forgotten long before.
    """
    lines = (_encode({"shard": position.shard_id, "seq": str(position.sequence),
                      "batch": to_document(batch._replace(request_id=None))}) + b"\n"
             for position, batch in records)
    return gzip.compress(b"".join(lines), mtime=0)  # no time inside: a retry writes the same bytes


def decode_log(data: bytes) -> Iterator[Record]:
    """The records of one event-log object, in order.

    raises: RecordError, for an object or a line that cannot be read.
    """
    try:
        lines = gzip.decompress(data).splitlines()
    except (OSError, EOFError, zlib.error) as error:
        raise RecordError(f"damaged event-log object: {error!r}") from error
    for number, line in enumerate(lines, start=1):
        try:
            document = _decode(line, _check_line)
        except RecordError as error:
            raise RecordError(f"line {number}: {error}") from error
        position = Position(document["shard"], int(document["seq"]))
        yield Record(position, _to_batch(document["batch"]))


def _encode(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _decode(data: bytes, check: Check) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        # Of bytes that are no text the error would tell all, and with them whose they are.
        told = type(error).__name__ if isinstance(error, UnicodeDecodeError) else repr(error)
        raise RecordError(f"unreadable record: {told}") from error
    if found := check(document, ""):
        raise RecordError(f"unreadable record: {found.field} {found.reason}")
    return dict(document)


def to_document(batch: Batch) -> dict[str, Any]:
    """The batch as it is written, with what was given alone."""
    document = {"v": 1 if batch.joins is None else VERSION, "subject": batch.subject,
                "received_ms": batch.received_ms, "session_id": batch.session_id,
                "request_id": batch.request_id, "joins": batch.joins,
                "events": [_given(e) for e in batch.events]}
    return {name: value for name, value in document.items() if value is not None}


def _given(event: Event) -> dict[str, Any]:
    document: dict[str, Any] = {"event_id": event.event_id, "type": event.type,
                                "item_id": event.item_id, "at_ms": event.at_ms}
    for name in _OPTIONAL:
        value = getattr(event, name)
        if value is not None and value is not False:
            document[name] = value
    return document


def _to_batch(document: Mapping[str, Any]) -> Batch:
    events = tuple(Event(**raw) if raw.keys() <= _FIELDS  # most: a later version may write more
                   else Event(**{n: v for n, v in raw.items() if n in _FIELDS})
                   for raw in document["events"])
    return Batch(document["subject"], document["received_ms"], events, document.get("session_id"),
                 document.get("request_id"), document.get("joins"))
