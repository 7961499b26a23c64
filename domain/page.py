"""One consumer batch <-> one page: every event of the batch as 16 bytes, for trends and co-visits.

A page is keyed by its shard and last sequence number, which says how far it reaches: whoever has
counted up to some record finds all that may hold a later one behind it, whatever batch bounds the
retries had. Each record keeps its sequence number, so that none counts twice. The user is a 32-bit
tag, enough to see that two events are one user's.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.event import Event
from domain.features import interaction
from domain.key import user_hash
from domain.probe import is_probe
from domain.record import Record
from domain.vocabulary import Vocabulary

VERSION = 1
# A DynamoDB item holds 400 KB. source: AWS, "Quotas in Amazon DynamoDB".
MAX_PAGE_BYTES = 350_000
SEQUENCE_BYTES = 25

_RECORD = struct.Struct(f"<{SEQUENCE_BYTES}sIB")  # sequence number, user tag, events
_TOUCH = struct.Struct("<QIHBb")  # item key, at_ms low and high, type code, strength in 1/16


class PageError(ValueError):
    """The bytes are no page this version can read."""


class Touch(NamedTuple):
    """One event of a page. strength: `EventType.strength`, to 1/16, within ±`MAX_WEIGHT`."""

    item: int
    at_ms: int
    type: int
    strength: float


class PageRecord(NamedTuple):
    """One user's events of one stream record."""

    sequence: int
    user: int
    touches: tuple[Touch, ...]


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


def decode_page(data: bytes) -> Iterator[PageRecord]:
    """The records of a page, in stream order.

    raises: PageError, when the bytes are damaged or of a later version.
    """
    if not data or data[0] != VERSION:
        raise PageError(f"page version {data[:1].hex() or 'none'} is not known here")
    at = 1
    try:
        while at < len(data):
            sequence, user, n = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            touches = tuple(_touch(*_TOUCH.unpack_from(data, at + i * _TOUCH.size))
                            for i in range(n))
            at += n * _TOUCH.size
            yield PageRecord(int.from_bytes(sequence, "big"), user, touches)
    except struct.error as error:
        raise PageError(f"page of {len(data)} bytes is damaged: {error}") from error


def _encode_record(record: Record, vocabulary: Vocabulary) -> bytes:
    position, batch = record
    head = _RECORD.pack(position.sequence.to_bytes(SEQUENCE_BYTES, "big"),
                        user_hash(batch.subject), len(batch.events))
    return head + b"".join(_encode_touch(event, vocabulary) for event in batch.events)


def _encode_touch(event: Event, vocabulary: Vocabulary) -> bytes:
    entry = interaction(event, vocabulary)
    strength = round(16 * vocabulary.strength(entry.type, entry.value))
    return _TOUCH.pack(entry.item, entry.at_ms & 0xFFFFFFFF, entry.at_ms >> 32, entry.type,
                       strength)


def _touch(item: int, low: int, high: int, code: int, strength: int) -> Touch:
    return Touch(item, low | high << 32, code, strength / 16)
