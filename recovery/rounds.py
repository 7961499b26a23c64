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

from domain.record import Record
from recovery.erasures import Erasures, erase_again
from recovery.log import Log
from recovery.report import Report
from recovery.scratch import PARTS, Scratch
from recovery.stack import THREADS, Adapters
from recovery.users import Outcome, erase, restore

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
            erase_again(self._erasures(), self.given.users, self.report)
            self._go_round()
            self._look_again()
        finally:
            self.report.problems += [
                f"events of {key}: {reason}" for key, reason in self.scratch.lacking()]

    def _look_again(self) -> None:
        erasures = Erasures(self.given.shelf, self.report)
        held = erase_again(erasures, self.given.users, self.report)
        if unmet := len(set(erasures) - held):
            self.report.problems.append(
                f"the refusal of {unmet:,} erased users: neither the log nor the table says who "
                "they are; send DELETE /users/{user_id} again")

    def _erasures(self) -> Erasures:
        """As the bucket has them now; a strange mark is told of once, at the end."""
        return Erasures(self.given.shelf, Report())

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
        log = Log(self.given.shelf)
        objects = self.scratch.unread(log.objects())
        for listed, found in tqdm(log.read(objects), desc="reading the log", total=len(objects),
                                  unit="object", disable=None):
            if isinstance(found, str):
                self.scratch.lack(listed, found)
            else:
                self.scratch.keep(listed, found)
                self.report.counts["records read"] += len(found)

    def _settle(self, *, is_last: bool) -> None:
        erasures = self._erasures()
        with ThreadPoolExecutor(THREADS) as pool, tqdm(
                desc="users", total=self.scratch.waiting(), unit="user", disable=None) as bar:
            for part in range(PARTS):
                for chunk in _chunks(self.scratch.users(part)):
                    outcomes = list(pool.map(
                        lambda records: self._one(records, erasures, is_last), chunk))
                    subjects = [records[0].batch.subject for records in chunk]
                    self.scratch.settle(
                        subject for subject, outcome in zip(subjects, outcomes, strict=True)
                        if outcome != Outcome.AHEAD)
                    self.report.counts.update(
                        o.value for o in outcomes if o != Outcome.AHEAD)
                    bar.update(len(chunk))

    def _one(self, records: list[Record], erasures: Erasures, is_last: bool) -> Outcome:
        subject = records[0].batch.subject
        erased_ms = erasures.at_ms(subject)
        if erased_ms is not None:
            erase(subject, erased_ms, self.given.users)
            return Outcome.ERASED
        return restore(records, self.given.users, self.given.vocabulary,
                       overwrite=self.overwrite, is_last=is_last)


def _chunks(found: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(found)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
