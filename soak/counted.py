"""Trends beside those of the clean run: each event counted, and none twice.

A roll-up adds in 32-bit floats and ages what is there, so sums agree to `RELATIVE`. What cannot
agree with one roll-up of everything: an event ahead of the clock is dated to the roll-up that first
sees it, and one that was sent twice as either copy; which events follow each other is known only
of those that come in the order of their time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.defence import OFF
from domain.page import decode_page, encode_pages
from domain.record import Record
from domain.roll_up import absorb, begin
from domain.trends import Trends, empty
from domain.vocabulary import Vocabulary
from soak.case import ITEMS, Case
from soak.taken import Taken

RELATIVE, ABSOLUTE = 1e-4, 1e-5

Dates = dict[tuple[str, str], int]  # by user and event id
Counts = dict[tuple[int, int], NDArray[np.float32]]


class Plain(NamedTuple):
    """Trends by name. counts: (item, type) -> of each half-life; the others likewise."""

    counts: Counts
    weights: dict[int, NDArray[np.float32]]
    pairs: dict[tuple[int, int], float]


def problems(case: Case) -> Iterator[str]:
    """Every counterexample among the trends."""
    taken, trends, doubtful = case.taken, case.found.trends, case.doubtful(ITEMS)
    required = [record for record in taken.records if record.position not in doubtful]
    late = case.late(ITEMS)
    yield from _uncovered([r for r in required if r.position not in late], trends)
    live, most = _plain(trends), _plain(case.clean.trends)
    is_ahead = any(event.at_ms > record.batch.received_ms
                   for record in taken.records for event in record.batch.events)
    if doubtful or is_ahead or taken.resent:
        first, last = _dates(map(_in_time, taken.records), min), _dates(taken.records, max)
        least, most = (_plain(_trends(records, case.vocabulary, trends.ref_ms)) for records in (
            _dated(required, first), _dated(taken.records, last)))
        yield from _outside(live.counts, least.counts, most.counts)
        return
    yield from _unlike("count", live.counts, most.counts)
    yield from _unlike("weight", live.weights, most.weights)
    if _in_order(taken) and not late:
        yield from _unlike("pair", live.pairs, most.pairs)


def _uncovered(required: Iterable[Record], trends: Trends) -> Iterator[str]:
    for shard_id, sequence in (record.position for record in required):
        if trends.covered.get(shard_id, -1) < sequence:
            yield f"trends: {sequence} of {shard_id} is not counted"


def _trends(records: Iterable[Record], vocabulary: Vocabulary, now_ms: int) -> Trends:
    """One roll-up of everything."""
    pages = [(record.position.shard_id, found) for record in records
             for _, page in encode_pages([record], vocabulary) for found in decode_page(page)]
    return absorb(begin(empty(now_ms)), pages, now_ms, OFF)[0].trends


def _in_time(record: Record) -> Record:
    """With no event after the moment in which it was received."""
    batch = record.batch
    return record._replace(batch=batch._replace(events=tuple(
        event._replace(at_ms=min(event.at_ms, batch.received_ms)) for event in batch.events)))


def _dates(records: Iterable[Record], chosen: Callable[[int, int], int]) -> Dates:
    """Of the earliest copy of each event, or of the latest."""
    dates: Dates = {}
    for batch in (record.batch for record in records):
        for event in batch.events:
            name = batch.subject, event.event_id
            dates[name] = chosen(dates.get(name, event.at_ms), event.at_ms)
    return dates


def _dated(records: Iterable[Record], dates: Dates) -> Iterator[Record]:
    for record in records:
        yield record._replace(batch=record.batch._replace(events=tuple(
            event._replace(at_ms=dates[record.batch.subject, event.event_id])
            for event in record.batch.events)))


def _in_order(taken: Taken) -> bool:
    """Did each user's events come in the order of their time?"""
    last: dict[str, int] = {}
    for _, batch in taken.records:
        times_ms = [event.at_ms for event in batch.events]
        if min(times_ms) < last.get(batch.subject, 0):
            return False
        last[batch.subject] = max(times_ms)
    return True


def _plain(trends: Trends) -> Plain:
    keys, codes = trends.keys.tolist(), trends.codes.tolist()
    return Plain(
        {(key, code): trends.counts[i, j] for i, key in enumerate(keys)
         for j, code in enumerate(codes) if trends.counts[i, j].any()},
        dict(zip(keys, trends.weights, strict=True)),
        {(a, b): weight for (a, b), weight
         in zip(trends.pairs.tolist(), trends.pair_weights.tolist(), strict=True)})


def _outside(live: Counts, least: Counts, most: Counts) -> Iterator[str]:
    none = np.zeros(3, np.float32)
    for name in live.keys() | least.keys():
        value, low, high = (plain.get(name, none) for plain in (live, least, most))
        slack = RELATIVE * high + ABSOLUTE
        if (value < low - slack).any() or (value > high + slack).any():
            yield f"trends: count of {name} is {value}, not from {low} to {high}"


def _unlike(what: str, live: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> Iterator[str]:
    if live.keys() != wanted.keys():
        yield f"trends: {what}s of {live.keys() ^ wanted.keys()} are on one side only"
    for name in live.keys() & wanted.keys():
        if not np.allclose(live[name], wanted[name], RELATIVE, ABSOLUTE):
            yield f"trends: {what} of {name} is {live[name]}, not {wanted[name]}"
