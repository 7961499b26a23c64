"""Clock -> event log: the records of the erased are taken out, those asked for are gathered."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.batch_plan import new_id
from domain.erasure import Forgotten
from domain.export import ASKED, DONE, read_key
from domain.key import spelled
from domain.layout import BATCH_DAYS, BATCHES, EVENT_LOG, EXPORTS, RECEIPTS, SWEEP_KEY
from domain.receipt import Receipt, Tally, asked_ms_of
from domain.sweep import SETTLE_MS, Progress, Sweep
from functions.broom import Broom
from functions.erasures import read_marks
from functions.event_log import MANY
from functions.settings import SweepLog
from functions.shelf import Shelf, day_key

DAY_MS = 86_400_000
# S3 deletes what a lifecycle rule names from the midnight after its last day on, not at once; what
# was written anew counts from then, and is left.
# source: AWS re:Post, "Why There Is a Delay in an Amazon S3 Lifecycle Rule"
GRACE_DAYS = 2
SPARE_MS = 60_000  # of an invocation: a chunk of objects and its notes take seconds
MAX_ASKED = 50  # people whose records are gathered in one sweep; the others wait for the next

logger = Logger(service="sweep_log")
metrics = Metrics(service="sweep_log")


class Adapters(NamedTuple):
    """What the handler touches. behind_ms: how long records may wait on the stream.

    log_days: how long the event log keeps them.
    """

    shelf: Shelf
    behind_ms: int
    log_days: int


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = SweepLog.from_env(environ)
    return Adapters(Shelf(settings.bucket_name, config=MANY),
                    int(settings.stream_retention_h) * 3_600_000, int(settings.event_log_days))


@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> None:
    """Go on where the last call ended; what is not done in time is the next call's."""
    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > SPARE_MS)

    given, now_ms = adapters(), time.time_ns() // 1_000_000
    sweep(given.shelf, given.behind_ms, now_ms, has_time)
    expire(given.shelf, given.log_days, now_ms, has_time)


def expire(
    shelf: Shelf, log_days: int, now_ms: int, has_time: Callable[[], bool] = lambda: True
) -> None:
    """Delete days of the log, and batches, that are over: S3 takes what was written anew for new.

    Plans of batches name nobody, and are never written anew.
    """
    first_kept = {
        EVENT_LOG: day_key(now_ms - (log_days + GRACE_DAYS) * DAY_MS),
        BATCHES: BATCHES + new_id(now_ms - (BATCH_DAYS + GRACE_DAYS) * DAY_MS, 0)}
    for prefix, first in first_kept.items():
        for listed in shelf.listed(prefix):
            if listed.key >= first:
                break
            if not has_time():
                return
            shelf.purge(listed.key, whole=True)


def sweep(
    shelf: Shelf, behind_ms: int, now_ms: int, has_time: Callable[[], bool] = lambda: True
) -> Progress:
    """Search what there is to be searched. A call that fails is repeated from its last note.

    raises: a `WorldError`; then nothing is lost but the time since the last note.
    """
    data = shelf.get(SWEEP_KEY)
    progress = Progress.from_bytes(data) if data else Progress()
    marks = read_marks(shelf, logger.error)
    forgotten = Forgotten.of(marks)
    exports = _withdraw(shelf, forgotten)
    current = progress.sweep or _begin(shelf, progress, exports, now_ms)
    is_new = any(progress.swept_ms < mark.at_ms <= current.until_ms for mark in marks)
    # Of a mark that was dealt with, records may still come, for as long as the stream keeps them.
    late_ms = progress.began_ms - 2 * behind_ms
    late = any(mark.at_ms > late_ms for mark in marks)
    # S3 tells when an object was written by the second, and clocks differ.
    since_ms = (-1 if is_new or current.asked
                else progress.began_ms - SETTLE_MS if late else current.began_ms)
    broom = Broom(shelf, forgotten, current, since_ms, behind_ms, logger)
    while broom.left() and has_time():
        broom.step()
        shelf.put(SWEEP_KEY, replace(progress, sweep=broom.sweep).to_bytes())
    after = replace(progress, sweep=broom.sweep)
    if not broom.left():
        broom.finish()
        untold = _complete(shelf, progress.swept_ms, late_ms, broom.sweep, now_ms)
        waiting = {spelled(mark.who) for mark in marks if mark.at_ms > broom.sweep.until_ms}
        after = progress.done(broom.sweep, {
            who: tally for who, tally in untold.items() if who in waiting})
        shelf.put(SWEEP_KEY, after.to_bytes())
    waits_ms = [now_ms - mark.at_ms for mark in marks if mark.at_ms > after.swept_ms]
    metrics.add_metric(metric.ERASURE_WAITS_H, MetricUnit.NoUnit,
                       max(waits_ms, default=0) / 3_600_000)
    return after


def _begin(
    shelf: Shelf, progress: Progress, exports: list[tuple[str, str]], now_ms: int
) -> Sweep:
    """A new sweep; what an earlier search gathered of whoever asks now is taken away."""
    asked = _asked(exports)
    for who, name in exports:
        if who in asked and name != ASKED:
            shelf.purge(f"{EXPORTS}{who}/{name}", whole=True)
    return Sweep(now_ms - SETTLE_MS, now_ms, tallies=progress.untold, asked=asked)


def _withdraw(shelf: Shelf, forgotten: Forgotten) -> list[tuple[str, str]]:
    """Purge what was gathered for somebody while they were being erased.

    Answers what is left: whose it is, and its name in their folder.
    """
    left: list[tuple[str, str]] = []
    for listed in shelf.listed(EXPORTS):
        who, name = read_key(listed.key)
        if forgotten.covers(int(who, 16), listed.written_ms):
            shelf.purge(listed.key, whole=True)
        else:
            left.append((who, name))
    return left


def _asked(exports: list[tuple[str, str]]) -> tuple[str, ...]:
    """Hashes of whoever asked, and was not answered."""
    answered = {who for who, name in exports if name == DONE}
    return tuple([who for who, name in exports
                  if name == ASKED and who not in answered][:MAX_ASKED])


def _complete(
    shelf: Shelf, swept_ms: int, late_ms: int, done: Sweep, now_ms: int
) -> dict[str, Tally]:
    """Fill in the receipts of all that this sweep dealt with; answers what none of them tells.

    A receipt that was filled in tells also what came late. A person's earlier receipt comes first.
    """
    untold = dict(done.tallies)
    since_ms = min(swept_ms, late_ms) if untold else swept_ms
    for listed in shelf.listed(RECEIPTS):
        is_ours = since_ms < asked_ms_of(listed.key) <= done.until_ms
        data = shelf.get(listed.key) if is_ours else None
        if data is None:
            continue
        receipt = Receipt.from_bytes(data)
        found = [untold.pop(who) for who in receipt.who if who in untold]
        is_told = receipt.swept_ms is not None and receipt.swept_ms >= done.began_ms
        # It is told when this sweep died after it had done so.
        if not is_told and (found or receipt.swept_ms is None):
            shelf.put(listed.key, receipt.swept(found, done.unread, now_ms).to_bytes())
    return untold
