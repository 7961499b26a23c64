"""Parts of the cases that are looked at by themselves, each as a mask over all cases."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.row import Rows
from domain.vocabulary import Vocabulary
from model.report.shelf import NO_CATEGORY, Shelf
from model.split import Case

LENGTHS = ((1, 3), (4, 10), (11, 30), (31, 100))  # of histories; the first are cold users
COLD_EVENTS = 5  # of which no more are known of a cold item
SHARES = (("favourites: half of all events", 0.5), ("in between: 30% of all events", 0.8),
          ("seldom: the last 20%", 1.0))
WINDOWS = 4
MOST = 8  # segments of a group: those with most cases
DAY_MS = 86_400_000

Mask = NDArray[np.bool_]
Parts = Sequence[tuple[str, Mask]]  # label, (C,)
Attributes = Mapping[str, Mapping[str, str]]  # name -> user -> value


def groups(
    cases: Sequence[Case], targets: Rows, shelf: Shelf, vocabulary: Vocabulary,
    attributes: Attributes, learned_ms: int | None,
) -> Iterator[tuple[str, Parts]]:
    """What can be told apart, by name; a group of one segment says nothing and is left out.

    targets: (C,) rows.   learned_ms: of the newest event known before the test; None for a test
    that is spread over all times.
    """
    if learned_ms is not None:
        yield "age", windows(np.array([case.target.at_ms for case in cases]), learned_ms)
    yield "history", lengths(np.array([len(case.history) for case in cases]))
    yield "popularity", buckets(targets, shelf)
    types = [vocabulary.name(case.target.type) for case in cases]
    told = [("event type", _by_value(types)), ("category", _by_category(targets, shelf))]
    told += [(name, _by_value([of.get(case.user, "") for case in cases]))
             for name, of in attributes.items()]
    yield from ((name, parts) for name, parts in told if len(parts) > 1)


def windows(times_ms: Rows, learned_ms: int, n: int = WINDOWS) -> Parts:
    """Successive times with as many cases each, by days since the newest event known."""
    edges = np.quantile(times_ms, np.linspace(0, 1, n + 1)[1:-1])
    number = np.searchsorted(edges, times_ms, side="right")
    found = []
    for one in range(n):
        mask = number == one
        if mask.any():
            first, last = int(times_ms[mask].min()), int(times_ms[mask].max())
            days = ((at - learned_ms) / DAY_MS for at in (first, last))
            label = "days {:.1f} to {:.1f}".format(*days)
            found.append((f"{label}, {_day(first)} to {_day(last)}", mask))
    return found


def lengths(events: Rows) -> Parts:
    """By how much of a user is known at the moment of the list."""
    return [(f"{least} to {most} events" + (": new users" if least == 1 else ""),
             (events >= least) & (events <= most)) for least, most in LENGTHS]


def buckets(targets: Rows, shelf: Shelf) -> Parts:
    """By how much of the item that came next was known."""
    order = np.argsort(-shelf.events[1:], kind="stable") + 1
    ahead = np.cumsum(shelf.events[order]) - shelf.events[order]
    share = np.ones(len(shelf.events))
    share[order] = ahead / max(1, shelf.events.sum())
    cold, found, done = shelf.events <= COLD_EVENTS, [], 0.0
    for label, until in SHARES:
        found.append((label, (~cold & (share >= done) & (share < until))[targets]))
        done = until
    return [*found, (f"0 to {COLD_EVENTS} events: new items", cold[targets])]


def _by_category(targets: Rows, shelf: Shelf) -> Parts:
    named = shelf.categories[targets]
    numbers, counts = np.unique(named[named != NO_CATEGORY], return_counts=True)
    chosen = numbers[np.argsort(-counts, kind="stable")[:MOST]]
    return [(shelf.names[number], (named == number).any(axis=1)) for number in chosen]


def _by_value(values: Sequence[str]) -> Parts:
    found = np.array(values, object)
    names, counts = np.unique(np.array([v for v in values if v], str), return_counts=True)
    chosen = names[np.argsort(-counts, kind="stable")[:MOST]]
    return [(str(name), found == name) for name in chosen]


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%-d %b %Y")
