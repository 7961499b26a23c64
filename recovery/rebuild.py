"""Tables that lost their content are filled again from the bucket, while the stream goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recovery import items, models
from recovery.pages import PageFiller
from recovery.report import Report
from recovery.rounds import SETTLE_S, Rounds
from recovery.scratch import Scratch, remove
from recovery.stack import Adapters

TABLES = ("models", "items", "pages", "users")  # in this order: what serves everybody comes first


@dataclass(frozen=True)
class Plan:
    """What is asked of a rebuild.

    scratch:   file that holds the log sorted by user meanwhile.   resume: go on with it.
    model:     the version that shall serve; empty = the one that does, or the only one there is.
    overwrite: where the table of users knows more than the log, believe the log.
    """

    scratch: Path
    tables: tuple[str, ...] = TABLES
    model: str = ""
    overwrite: bool = False
    resume: bool = False


def rebuild(
    plan: Plan, given: Adapters, report: Report, wait: Callable[[float], None] = time.sleep
) -> None:
    """Fill the tables of the plan; a second run changes nothing.

    report: told meanwhile what is done and what cannot be, so that it holds though this fails.
    raises: a `WorldError`, when AWS fails for longer than its client tries: run it again.
    """
    pages = None
    if "models" in plan.tables:
        models.fill(given, report, plan.model, _now_ms())
    if "items" in plan.tables:
        items.fill(given, report)
    if "pages" in plan.tables:
        pages = PageFiller(given, report)
        pages.fill(_now_ms())
    if "users" in plan.tables:
        _fill_users(plan, given, report, wait)
    elif pages:
        wait(SETTLE_S)
    if pages:  # what was on its way into the log when they were first filled
        pages.fill(_now_ms())


def _fill_users(
    plan: Plan, given: Adapters, report: Report, wait: Callable[[float], None]
) -> None:
    if not plan.resume:
        remove(plan.scratch)
    scratch = Scratch(plan.scratch)
    try:
        Rounds(given, scratch, report, plan.overwrite, wait).run()
        if not scratch.waiting():
            scratch.discard()
    finally:
        scratch.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
