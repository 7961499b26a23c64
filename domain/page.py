"""One consumer batch <-> one page: every event of the batch as 20 bytes, for trends and co-visits.

A page is keyed by its shard and last sequence number, which says how far it reaches: whoever has
counted up to some record finds all that may hold a later one behind it, whatever batch bounds the
retries had. Each record keeps its sequence number, so that none counts twice. The user is a 32-bit
tag, enough to see that two events are one user's, and so is the event's id: enough to see that a
producer sent one event twice.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.event import Event
from domain.features import interaction
from domain.key import event_hash, user_hash
from domain.probe import is_probe
from domain.record import Position, Record
from domain.vocabulary import Vocabulary

VERSION = 2  # version 1 held no tags of event ids
# A DynamoDB item holds 400 KB. source: AWS, "Quotas in Amazon DynamoDB".
MAX_PAGE_BYTES = 350_000
SEQUENCE_BYTES = 25

_RECORD = struct.Struct(f"<{SEQUENCE_BYTES}sIB")  # sequence number, user tag, events
# Item key, at_ms low and high, type code, strength in 1/16; from version 2 on, tag of the event id.
_TOUCHES = {1: struct.Struct("<QIHBb"), 2: struct.Struct("<QIHBbI")}


class PageError(ValueError):
    """The bytes are no page this version can read."""


class Touch(NamedTuple):
    """One event of a page.

    strength: `EventType.strength`, to 1/16, within ±`MAX_WEIGHT`.
    tag:      `key.event_hash` of the event's id; None on pages of version 1, where no event is
              known to be another one again.
    """

    item: int
    at_ms: int
    type: int
    strength: float
    tag: int | None = None


class PageRecord(NamedTuple):
    """One user's events of one stream record."""

    sequence: int
    user: int
    touches: tuple[Touch, ...]


class Unread(NamedTuple):
    """How far an unreadable page reaches: one of a later version, or, version 0, damaged."""

    version: int
    last: Position


def encode_pages(records: Iterable[Record], vocabulary: Vocabulary) -> Iterator[tuple[int, bytes]]:
    """Pages of at most `MAX_PAGE_BYTES`, each with the last sequence number it holds.

    The probe's records are on none.
    """
    last, parts, size = -1, [bytes([VERSION])], 1
    for record in (found for found in records if not is_probe(found.batch.subject)):
        part = _encode_record(record, vocabulary)
        if size + len(part) > MAX_PAGE_BYTES:
            yield last, b"".join(parts)
            parts, size = [bytes([VERSION])], 1
        last = record.position.sequence
        parts.append(part)
        size += len(part)
    if last >= 0:
        yield last, b"".join(parts)


def decode_page(data: bytes) -> list[PageRecord]:
    """The records of a page of any version so far, in stream order.

    raises: PageError, when the bytes are damaged or of a later version: then none of it is told.
    """
    if not data or data[0] not in _TOUCHES:
        raise PageError(f"page version {data[:1].hex() or 'none'} is not known here")
    form, at, records = _TOUCHES[data[0]], 1, []
    try:
        while at < len(data):
            sequence, user, n = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            touches = tuple(_touch(*form.unpack_from(data, at + i * form.size)) for i in range(n))
            at += n * form.size
            records.append(PageRecord(int.from_bytes(sequence, "big"), user, touches))
    except struct.error as error:
        raise PageError(f"page of {len(data)} bytes is damaged: {error}") from error
    return records


def read_pages(
    found: Iterable[tuple[Position, bytes]]
) -> tuple[list[tuple[str, PageRecord]], list[Unread]]:
    """Every record of pages, with its shard, and the pages that cannot be read, each once."""
    records: list[tuple[str, PageRecord]] = []
    unread: dict[Position, Unread] = {}
    for last, data in found:
        try:
            records += ((last.shard_id, record) for record in decode_page(data))
        except PageError:
            unread[last] = Unread(data[0] if data[:1] > bytes([VERSION]) else 0, last)
    return records, list(unread.values())


def _encode_record(record: Record, vocabulary: Vocabulary) -> bytes:
    position, batch = record
    head = _RECORD.pack(position.sequence.to_bytes(SEQUENCE_BYTES, "big"),
                        user_hash(batch.subject), len(batch.events))
    return head + b"".join(_encode_touch(event, vocabulary) for event in batch.events)


def _encode_touch(event: Event, vocabulary: Vocabulary) -> bytes:
    entry = interaction(event, vocabulary)
    strength = round(16 * vocabulary.strength(entry.type, entry.value))
    return _TOUCHES[VERSION].pack(entry.item, entry.at_ms & 0xFFFFFFFF, entry.at_ms >> 32,
                                  entry.type, strength, event_hash(event.event_id))


def _touch(
    item: int, low: int, high: int, code: int, strength: int, tag: int | None = None
) -> Touch:
    return Touch(item, low | high << 32, code, strength / 16, tag)
