"""A run as it should be, made by the domain alone; tests break it and look whether that shows."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from domain.event import Batch, Event
from domain.features import EMPTY, fold_all
from domain.page import decode_page, encode_pages
from domain.record import Position, Record, encode_batch
from domain.trends import empty
from domain.vocabulary import Vocabulary
from functions.users import StoredUser
from soak.case import Case
from soak.clock import Clock
from soak.found import Found
from soak.stream import Stream
from soak.taken import Taken
from tests.domain.plain_trends import absorbed

VOCABULARY = Vocabulary()
NOW_MS = 1_760_000_000_000
BAD = b"no record"


def batch(
    subject: str, *event_ids: str, at_ms: int = NOW_MS, type_: str = "click", ahead_ms: int = 0
) -> Batch:
    """A call with an event on an item of its own for each id, a second apart.

    ahead_ms: of the last event, when the call was received.
    """
    events = tuple(Event(event_id, type_, f"item {n}", at_ms + 1000 * n)
                   for n, event_id in enumerate(event_ids))
    return Batch(subject, events[-1].at_ms - ahead_ms, events)


def stream(*batches: Batch | bytes) -> Stream:
    """A stream of two shards that took these."""
    made = Stream(2, Clock())
    for content in batches:
        data = content if isinstance(content, bytes) else encode_batch(content)
        key = "junk" if isinstance(content, bytes) else content.subject
        made.put_record(Data=data, PartitionKey=key)
    return made


def found(taken: Taken, records: Iterable[Record] | None = None, **changes: Any) -> Found:
    """What a deployment makes of records; without any given, of all that the stream took."""
    applied = taken.records if records is None else list(records)
    pages = [(record.position, entry) for record in applied
             for _, page in encode_pages([record], VOCABULARY) for entry in decode_page(page)]
    by_user = {subject: [r for r in applied if r.batch.subject == subject]
               for subject in taken.subjects}
    whole = Found(
        users={subject: StoredUser(fold_all(EMPTY, own, VOCABULARY), revision=1)
               for subject, own in by_user.items()},
        pages={position: {entry} for position, entry in pages},
        log={position: [content] for position, content in applied},
        quarantined={position: ("unreadable", data)
                     for position, data in taken.unreadable.items()},
        parked={},
        trends=absorbed(empty(NOW_MS + 600_000), [(p.shard_id, e) for p, e in pages],
                      NOW_MS + 600_000))
    return replace(whole, **changes)


def case(made: Stream, **changes: Any) -> Case:
    """A run beside the clean one; changes: of what was found."""
    taken = Taken.of(made)
    first = Taken.of(taken.without_copies(made))
    accepted = [(r.batch.subject, e.event_id) for r in taken.records for e in r.batch.events]
    return Case(taken, found(taken, **changes), found(first), accepted, {}, {}, VOCABULARY)


def somewhere(taken: Taken, place: int = 0) -> Position:
    """The position of a record."""
    return taken.records[place].position
