"""The table of users out of the log, in rounds, while the stream goes on delivering.

A round reads what the log got since the last, sorts it by user, and settles every user of whom it
told. There are two at least: what an updater gave up on while the table was gone is in the log when
`SETTLE_S` have passed. A user whose newest events are not in the log yet waits for a later round.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tqdm import tqdm

from domain.erasure import Forgotten
from functions.erasures import read_marks
from functions.event_log import THREADS, EventLog
from functions.users import ErasedError
from recovery.erasures import erase_again
from recovery.family import Family
from recovery.report import Report
from recovery.scratch import PARTS, Scratch
from recovery.stack import Adapters
from recovery.users import Outcome, restore

# While its alarm is quiet the log is 5 min behind at most, and a batch takes a minute at most.
# source: infra/promises.py, infra/ingestion.py
SETTLE_S = 360.0
MAX_ROUNDS = 6  # half an hour: by then a visit has an end
CHUNK = 512  # users on their way at once


@dataclass(frozen=True)
class Rounds:
    """One rebuild of the table of users. wait: sleeps so many seconds."""

    given: Adapters
    scratch: Scratch
    report: Report
    overwrite: bool = False
    wait: Callable[[float], None] = time.sleep

    def run(self) -> None:
        """Rounds until nobody waits; who still does after the last is told of.

        Whom a backup brought back though they were erased is gone before the first wait; after the
        last round it is looked again, for what was written meanwhile.
        """
        try:
            erase_again(self._forgotten(), self.given.users, self.report)
            self._go_round()
            erase_again(self._forgotten(self.report), self.given.users, self.report)
        finally:
            self.report.problems += [
                f"events of {key}: {reason}" for key, reason in self.scratch.lacking()]

    def _forgotten(self, report: Report | None = None) -> Forgotten:
        """As the bucket has them now; a strange mark is told of once, at the end."""
        tell = report.problems.append if report else lambda _: None
        return Forgotten.of(read_marks(self.given.shelf, tell))

    def _go_round(self) -> None:
        for number in range(MAX_ROUNDS):
            if number:
                self.wait(SETTLE_S)
            self._read()
            self._settle(is_last=number == MAX_ROUNDS - 1)
            if number and not self.scratch.waiting():
                return
        self.report.problems.append(
            f"{self.scratch.waiting():,} users wait: their newest events are not in the log; "
            "run it again with --resume, or, if they never come, with --overwrite as well")

    def _read(self) -> None:
        log = EventLog(self.given.shelf)
        objects = self.scratch.unread(log.objects())
        for listed, found in tqdm(log.read(objects), desc="reading the log", total=len(objects),
                                  unit="object", disable=None):
            if isinstance(found, str):
                self.scratch.lack(listed, found)
            else:
                self.scratch.keep(listed, found)
                self.report.counts["records read"] += len(found)

    def _settle(self, *, is_last: bool) -> None:
        forgotten = self._forgotten()
        self.scratch.move_sessions()
        with ThreadPoolExecutor(THREADS) as pool, tqdm(
                desc="users", total=self.scratch.waiting(), unit="user", disable=None) as bar:
            for part in range(PARTS):
                for chunk in _chunks(self.scratch.users(part)):
                    families = [Family.of(records, forgotten) for records in chunk]
                    outcomes = list(pool.map(
                        lambda family: self._one(family, forgotten, is_last), families))
                    self.scratch.settle(
                        family.user for family, outcome in zip(families, outcomes, strict=True)
                        if outcome != Outcome.AHEAD)
                    self.report.counts.update(
                        o.value for o in outcomes if o != Outcome.AHEAD)
                    bar.update(len(chunk))

    def _one(self, family: Family, forgotten: Forgotten, is_last: bool) -> Outcome:
        if forgotten.refuses(family.user):
            return Outcome.ERASED
        try:
            return restore(family, self.given.users, self.given.sessions, self.given.vocabulary,
                           self._tell, overwrite=self.overwrite, is_last=is_last)
        except ErasedError:  # since the marks were read
            return Outcome.ERASED

    def _tell(self, problem: str) -> None:
        """Once, though every round comes upon it."""
        if problem not in self.report.problems:
            self.report.problems.append(problem)


def _chunks(found: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(found)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
