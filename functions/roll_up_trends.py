"""Pages -> trends: once a minute, the new pages are folded into the roll-up that scorers read.

What the next roll-up begins with, the ledger and the trends it belongs to, is written first and as
one: whoever dies before the second write leaves scorers the trends of before, and counts no twice.
"""

import time
from collections.abc import Callable
from functools import cache
from os import environ
from typing import Any, NamedTuple, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.arrays import ArraysError
from domain.defence import Defence
from domain.layout import LEDGER_KEY, REPLAYS, TRENDS_KEY
from domain.page import VERSION, Unread, read_pages
from domain.record import Position
from domain.roll_up import RollUp, Weighed, absorb, begin
from domain.trends import Trends, empty
from functions.pages import Pages
from functions.settings import RollUpTrends
from functions.shelf import Shelf
from functions.stream import Stream

MAX_UNREAD = 200  # pages of a later version that are tried again in one roll-up: 2 s of queries
STALE_MS = 10 * 60_000  # trends so much newer than the ledger are of a version that kept none
T = TypeVar("T")

logger = Logger(service="roll_up_trends")
metrics = Metrics(service="roll_up_trends")


class Adapters(NamedTuple):
    """What the handler touches."""

    pages: Pages
    shelf: Shelf
    stream: Stream
    rules: Defence


class Rolled(NamedTuple):
    """after: what is on the shelf from here on.   weighed: what was new.   unread: now."""

    after: RollUp
    weighed: Weighed
    unread: list[Unread]


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = RollUpTrends.from_env(environ)
    return Adapters(Pages(settings.pages_table), Shelf(settings.bucket_name),
                    Stream(settings.stream_name), Defence.from_json(settings.defence))


@metrics.log_metrics
def handler(_event: dict[str, Any], _: Any) -> None:
    """Fold what is new; a failure is raised, and the next minute folds it as well."""
    # Without any metric powertools warns, and of a call that fails there is none.
    metrics.add_metric(metric.EVENTS_ROLLED_UP, MetricUnit.Count, 0)
    rolled = roll_up(*adapters(), now_ms=time.time_ns() // 1_000_000)
    weighed, trends = rolled.weighed, rolled.after.trends
    metrics.add_metric(metric.EVENTS_ROLLED_UP, MetricUnit.Count, len(weighed.touches))
    odd = {metric.EVENTS_REPEATED: weighed.repeated, metric.PAGES_UNREAD: len(rolled.unread),
           **{metric.held(reason): n for reason, n in weighed.held.items()}}
    for name, n in odd.items():
        if n:  # all of these are rare
            metrics.add_metric(name, MetricUnit.Count, n)
    for version, last in rolled.unread:
        logger.error("page not read", shard=last.shard_id, last=str(last.sequence),
                     version=version)
    logger.info("rolled up", items=len(trends.keys), pairs=len(trends.pair_weights))


def roll_up(
    pages: Pages, shelf: Shelf, stream: Stream, rules: Defence, now_ms: int
) -> Rolled:
    """Counts what is new since the last roll-up."""
    (before, version), present = _last(shelf, now_ms), stream.shards()
    covered = before.trends.covered
    records, unread = read_pages(
        pages.after(covered, sorted({*present, *covered, REPLAYS}), consistent=True))
    waiting, late = _ripe(before.ledger.unread)
    again, _ = read_pages(pages.at(late))
    after, weighed = absorb(before, records, now_ms, rules, [record for _, record in again])
    # A shard without pages yet is listed, so that scorers look there before the next roll-up; one
    # that the stream has forgotten gets no more pages. Replays are listed once there are any.
    counted = after.trends.covered
    listed = [*present, *({REPLAYS} & counted.keys())]
    trends = after.trends._replace(covered={shard: counted.get(shard, -1) for shard in listed})
    passed = dict.fromkeys((*waiting, *(page for page in unread if page.version)))
    after = RollUp(trends, after.ledger._replace(unread=tuple(passed)))
    shelf.put(LEDGER_KEY, after.to_bytes())
    shelf.put(TRENDS_KEY, trends.to_bytes())
    shelf.forget(LEDGER_KEY, version)
    return Rolled(after, weighed, unread)


def _ripe(unread: tuple[Unread, ...]) -> tuple[list[Unread], list[Position]]:
    """Pages that must wait for a later version, or for their turn; and those to be read now."""
    ripe = dict.fromkeys([page for page in unread if page.version <= VERSION][:MAX_UNREAD])
    return [page for page in unread if page not in ripe], [page.last for page in ripe]


def _last(shelf: Shelf, now_ms: int) -> tuple[RollUp, str]:
    """The roll-up before this one, and the version of its ledger.

    Without a ledger, or with one that is left from before a version that kept none, it is what
    scorers were given; else it begins with the pages there are.
    """
    kept, version = _kept(shelf)
    if kept and now_ms - kept.trends.ref_ms <= STALE_MS:
        return kept, version
    shown = _read(TRENDS_KEY, shelf.get(TRENDS_KEY), Trends.from_bytes)
    kept, version = _kept(shelf)  # again: another roll-up may have written both meanwhile
    if kept and (shown is None or shown.ref_ms - kept.trends.ref_ms <= STALE_MS):
        return kept, version
    return begin(shown or empty(now_ms)), version


def _kept(shelf: Shelf) -> tuple[RollUp | None, str]:
    data, version = shelf.get_version(LEDGER_KEY) or (None, "")
    return _read(LEDGER_KEY, data, RollUp.from_bytes), version


def _read(key: str, data: bytes | None, reader: Callable[[bytes], T]) -> T | None:
    try:
        return reader(data) if data else None
    except ArraysError as error:
        logger.error("begun anew", key=key, reason=str(error))
        return None
