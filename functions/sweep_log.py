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
from domain.erasure import Forgotten
from domain.export import ASKED, DONE, read_key
from domain.layout import EXPORTS, RECEIPTS, SWEEP_KEY
from domain.receipt import Receipt, asked_ms_of
from domain.sweep import SETTLE_MS, Progress, Sweep
from functions.broom import Broom
from functions.erasures import read_marks
from functions.event_log import MANY
from functions.settings import SweepLog
from functions.shelf import Shelf

SPARE_MS = 60_000  # of an invocation: a chunk of objects and its notes take seconds
MAX_ASKED = 50  # people whose records are gathered in one sweep; the others wait for the next

logger = Logger(service="sweep_log")
metrics = Metrics(service="sweep_log")


class Adapters(NamedTuple):
    """What the handler touches. behind_ms: how long records may wait on the stream."""

    shelf: Shelf
    behind_ms: int


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = SweepLog.from_env(environ)
    return Adapters(Shelf(settings.bucket_name, config=MANY),
                    int(settings.stream_retention_h) * 3_600_000)


@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> None:
    """Go on where the last call ended; what is not done in time is the next call's."""
    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > SPARE_MS)

    sweep(*adapters(), time.time_ns() // 1_000_000, has_time)


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
    current = progress.sweep or Sweep(now_ms - SETTLE_MS, now_ms, asked=_asked(exports))
    is_new = any(progress.swept_ms < mark.at_ms <= current.until_ms for mark in marks)
    # Of a mark that was dealt with, records may still come, for as long as the stream keeps them.
    late = any(mark.at_ms > progress.began_ms - 2 * behind_ms for mark in marks)
    # S3 tells when an object was written by the second, and clocks differ.
    since_ms = (-1 if is_new or current.asked
                else progress.began_ms - SETTLE_MS if late else current.began_ms)
    broom = Broom(shelf, forgotten, current, since_ms, logger)
    while broom.left() and has_time():
        broom.step()
        shelf.put(SWEEP_KEY, replace(progress, sweep=broom.sweep).to_bytes())
    after = replace(progress, sweep=broom.sweep)
    if not broom.left():
        broom.finish()
        _complete(shelf, progress.swept_ms, broom.sweep, now_ms)
        after = progress.done(broom.sweep)
        shelf.put(SWEEP_KEY, after.to_bytes())
    waits_ms = [now_ms - mark.at_ms for mark in marks if mark.at_ms > after.swept_ms]
    metrics.add_metric(metric.ERASURE_WAITS_H, MetricUnit.NoUnit,
                       max(waits_ms, default=0) / 3_600_000)
    return after


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


def _complete(shelf: Shelf, swept_ms: int, done: Sweep, now_ms: int) -> None:
    """Fill in the receipts of all that this sweep dealt with."""
    for listed in shelf.listed(RECEIPTS):
        is_ours = swept_ms < asked_ms_of(listed.key) <= done.until_ms
        data = shelf.get(listed.key) if is_ours else None
        if data is not None:
            receipt = Receipt.from_bytes(data).swept(done.tallies, done.unread, now_ms)
            shelf.put(listed.key, receipt.to_bytes())
