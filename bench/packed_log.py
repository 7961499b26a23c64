"""A log object as packed columns: a peer of what `domain.record` writes, measured and not shipped.

Each kind of field lies together, ids of UUIDs as their 16 bytes, times as differences; all of it
is one zlib stream. Reading it needs the standard library alone.
"""

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from domain.event import Batch, Event
from domain.record import Position, Record

LEVEL = 6
_COUNTS = struct.Struct("<II")  # records, events
_SEQUENCE_BYTES = 25
_DASHED, _HEX, _TEXT, _NONE = range(4)  # how an id is written


def encode(records: Sequence[Record]) -> bytes:
    """One object."""
    batches = [record.batch for record in records]
    events = [event for batch in batches for event in batch.events]
    columns = [
        _texts([records[0].position.shard_id]),
        b"".join(r.position.sequence.to_bytes(_SEQUENCE_BYTES, "big") for r in records),
        _texts([batch.subject for batch in batches]),
        _texts([batch.session_id or "" for batch in batches]),
        _deltas([batch.received_ms for batch in batches]),
        bytes(len(batch.events) for batch in batches),
        _ids([event.event_id for event in events]),
        _named([event.type for event in events]), _named([event.item_id for event in events]),
        _deltas([event.at_ms for event in events]),
        _texts(["" if e.value is None else repr(e.value) for e in events]),
        _texts([json.dumps(e.context) if e.context is not None else "" for e in events]),
        _ids([event.recommendation_id for event in events]),
        bytes(event.clamped for event in events),
    ]
    framed = b"".join(len(column).to_bytes(4, "little") + column for column in columns)
    return _COUNTS.pack(len(records), len(events)) + zlib.compress(framed, LEVEL)


def decode(data: bytes) -> Iterator[Record]:
    """The records of one object, in order."""
    n_records, _ = _COUNTS.unpack_from(data)
    rest, columns, at = zlib.decompress(data[_COUNTS.size:]), [], 0
    while at < len(rest):
        size = int.from_bytes(rest[at:at + 4], "little")
        columns.append(rest[at + 4:at + 4 + size])
        at += 4 + size
    (shard,), sequences = _read_texts(columns[0]), columns[1]
    subjects, sessions = _read_texts(columns[2]), _read_texts(columns[3])
    received, counts = _read_deltas(columns[4]), columns[5]
    events = _events(columns[6:])
    for place in range(n_records):
        start = place * _SEQUENCE_BYTES
        sequence = int.from_bytes(sequences[start:start + _SEQUENCE_BYTES], "big")
        found = tuple(next(events) for _ in range(counts[place]))
        yield Record(Position(shard, sequence), Batch(
            subjects[place], received[place], found, sessions[place] or None))


def _events(columns: Sequence[bytes]) -> Iterator[Event]:
    ids, types, items = _read_ids(columns[0]), _read_named(columns[1]), _read_named(columns[2])
    at_ms, led = _read_deltas(columns[3]), _read_ids(columns[6])
    values = [float(v) if v else None for v in _read_texts(columns[4])]
    contexts = [json.loads(v) if v else None for v in _read_texts(columns[5])]
    clamped = map(bool, columns[7])
    return map(Event, ids, types, items, at_ms, values, contexts, led, clamped)


def _texts(values: Iterable[str]) -> bytes:
    return "\x00".join(values).encode()


def _read_texts(data: bytes) -> list[str]:
    return data.decode().split("\x00")


def _named(values: Sequence[str]) -> bytes:
    """Each once, and where it stands."""
    places = {name: place for place, name in enumerate(dict.fromkeys(values))}
    names = _texts(places)
    return len(names).to_bytes(4, "little") + names + _ints([places[v] for v in values])


def _read_named(data: bytes) -> list[str]:
    size = int.from_bytes(data[:4], "little")
    names = _read_texts(data[4:4 + size])
    return [names[place] for place in array("I", data[4 + size:])]


def _deltas(values: Sequence[int]) -> bytes:
    first = values[0] if values else 0
    differences = (b - a for a, b in zip([first, *values], values, strict=False))
    return first.to_bytes(8, "little") + array("q", differences).tobytes()


def _read_deltas(data: bytes) -> list[int]:
    at, found = int.from_bytes(data[:8], "little"), []
    for difference in array("q", data[8:]):
        at += difference
        found.append(at)
    return found


def _ints(values: Sequence[int]) -> bytes:
    return array("I", values).tobytes()


def _ids(values: Sequence[str | None]) -> bytes:
    kinds = bytearray()
    parts: list[bytes] = []
    texts: list[bytes] = []
    for value in values:
        kind, part = _id(value)
        kinds.append(kind)
        (texts if kind == _TEXT else parts).append(part)
    packed = b"".join(parts)
    return (len(kinds).to_bytes(4, "little") + bytes(kinds)
            + len(packed).to_bytes(4, "little") + packed + b"\x00".join(texts))


def _id(value: str | None) -> tuple[int, bytes]:
    if value is None:
        return _NONE, b""
    if len(value) in (32, 36):
        try:
            raw = bytes.fromhex(value.replace("-", ""))
        except ValueError:
            return _TEXT, value.encode()
        if len(raw) == 16 and value in (raw.hex(), str(UUID(bytes=raw))):
            return (_HEX if len(value) == 32 else _DASHED), raw
    return _TEXT, value.encode()


def _read_ids(data: bytes) -> list[Any]:
    n = int.from_bytes(data[:4], "little")
    kinds, at = data[4:4 + n], 8 + n
    size = int.from_bytes(data[at - 4:at], "little")
    hexes = data[at:at + size].hex()
    texts = iter(data[at + size:].decode().split("\x00"))
    found: list[Any] = []
    place = 0
    for kind in kinds:
        if kind == _NONE:
            found.append(None)
        elif kind == _TEXT:
            found.append(next(texts))
        else:
            h = hexes[place:place + 32]
            place += 32
            found.append(h if kind == _HEX else f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}")
    return found
