"""Pages, log, quarantine and what was parked, beside what the stream took: nothing is lost."""

from collections.abc import Iterator, Mapping, Set
from typing import TypeVar

from domain.layout import REPLAYS
from domain.page import PageRecord, decode_page, encode_pages
from domain.record import Position, encode_batch
from soak.case import ITEMS, LOG, USERS, Case

T = TypeVar("T")


def problems(case: Case) -> Iterator[str]:
    """Every counterexample among what is kept by the position of its record."""
    yield from _accepted(case)
    pages = {record.position: set(decode_page(page)) for record in case.taken.records
             for _, page in encode_pages([record], case.vocabulary)}
    yield from _pages(case, pages)
    sent = {position: {encode_batch(batch._replace(request_id=None))}
            for position, batch in case.taken.records}
    log = {position: {encode_batch(batch) for batch in batches}
           for position, batches in case.found.log.items()}
    yield from _differences("log", log, sent, case.doubtful(LOG))
    yield from _quarantined(case)
    yield from _parked(case)


def _pages(case: Case, sent: dict[Position, set[PageRecord]]) -> Iterator[str]:
    """A record that came late is on a page of replays, unless it is where it would have been.

    It may stand there more than once, or be at both places: two replays at a time, or one beside a
    write that lands late, do not see each other. Trends know its events again, and count them once.
    """
    found = {position: records for position, records in case.found.pages.items()
             if position.shard_id != REPLAYS}
    moved = {record._replace(sequence=0) for position, records in case.found.pages.items()
             if position.shard_id == REPLAYS for record in records}
    given = {position: {record._replace(sequence=0) for record in sent[position]}
             for position in case.replayed.get(ITEMS, set()) & sent.keys()}
    missing = (case.late(ITEMS) & given.keys()) - found.keys() - case.doubtful(ITEMS)
    for record in moved - set[PageRecord]().union(*given.values()):
        yield f"page: {record} stands among replays, and was not replayed"
    for record in set[PageRecord]().union(*(given[position] for position in missing)) - moved:
        yield f"page: {record} is neither at its place nor among replays"
    yield from _differences("page", found, sent, case.doubtful(ITEMS) | missing)


def _accepted(case: Case) -> Iterator[str]:
    there = {(record.batch.subject, event.event_id)
             for record in case.taken.records for event in record.batch.events}
    for subject, event_id in set(case.accepted) - there:
        yield f"lost: {event_id} of {subject} was accepted and is not on the stream"


def _differences(
    what: str, found: Mapping[Position, set[T]], sent: Mapping[Position, set[T]],
    doubtful: Set[Position],
) -> Iterator[str]:
    for position, entries in sent.items():
        if not found.get(position):
            if position not in doubtful:
                yield f"{what}: {position} is lost"
        elif found[position] != entries:
            yield f"{what}: {position} is {found[position]} not {entries}"
    for position in found.keys() - sent.keys():
        yield f"{what}: {position} was never sent"


def _quarantined(case: Case) -> Iterator[str]:
    in_all = set.intersection(*(set(case.parked(verb)) for verb in (USERS, ITEMS, LOG)))
    for position, data in case.taken.unreadable.items():
        reason, kept = case.found.quarantined.get(position, ("", b""))
        if (not reason or kept != data) and position not in in_all:
            yield f"quarantine: {position} is not there as it was"
    for position in case.found.quarantined.keys() - case.taken.unreadable.keys():
        yield f"quarantine: {position} can be read"


def _parked(case: Case) -> Iterator[str]:
    """What lies there is what was sent, byte for byte."""
    sent = {record.position: encode_batch(record.batch) for record in case.taken.records}
    for verb in (USERS, ITEMS, LOG):
        for position, data in case.parked(verb).items():
            if data != {**sent, **case.taken.unreadable}.get(position):
                yield f"parked: {position} of {verb} is not what was sent"
