"""What goes through the bucket, key by key, and takes out the records of the forgotten."""

import json
from collections import Counter, defaultdict
from typing import Any

from aws_lambda_powertools import Logger

from domain.erasure import Forgotten
from domain.export import DONE, PART, folder_of, of_record
from domain.key import subject_hash
from domain.layout import EVENT_LOG, PARKED, QUARANTINE
from domain.record import Record, encode_log
from domain.sweep import SETTLE_MS, Sweep
from functions.event_log import THREADS, EventLog
from functions.parked import ParkedBatch, ParkedError
from functions.quarantine import DATA, NOTE, Note
from functions.shelf import Listed, Shelf

STEP = 16 * THREADS  # objects between two notes of how far it is: seconds


class Broom:
    """`step` until nothing is `left`, then `finish`.

    since_ms: nothing older is looked at.
    """

    def __init__(
        self, shelf: Shelf, forgotten: Forgotten, sweep: Sweep, since_ms: int, logger: Logger
    ) -> None:
        self.sweep = sweep
        self._shelf, self._forgotten, self._logger = shelf, forgotten, logger
        self._log = EventLog(shelf)
        self._asked = {int(who, 16) for who in sweep.asked}
        # In the order of their keys, as the cursor goes.
        self._objects = [found for prefix in sorted((PARKED, EVENT_LOG, QUARANTINE))
                         for found in shelf.listed(prefix, sweep.cursor)
                         if found.written_ms >= since_ms] if since_ms < sweep.began_ms else []

    def left(self) -> bool:
        """Is there more to be looked at?"""
        return bool(self._objects)

    def step(self) -> None:
        """Look at the next few objects."""
        chosen, self._objects = self._objects[:STEP], self._objects[STEP:]
        by_prefix = {prefix: [found for found in chosen if found.key.startswith(prefix)]
                     for prefix in (PARKED, EVENT_LOG, QUARANTINE)}
        for listed in by_prefix[PARKED]:
            self._sweep_parked(listed)
        gathered: dict[int, list[Any]] = defaultdict(list)
        for listed, records in self._log.read(by_prefix[EVENT_LOG]):
            gathered = self._sweep_log(listed, records, gathered)
        for listed in by_prefix[QUARANTINE]:
            self._sweep_quarantined(listed)
        for who, told in gathered.items():
            name = chosen[-1].key.replace("/", "_")
            self._shelf.put(f"{folder_of(who)}{name}{PART}", json.dumps(told).encode())
        self.sweep = self.sweep.at(chosen[-1].key)

    def finish(self) -> None:
        """Say of whoever asked that all is gathered."""
        for who in self._asked:
            self._shelf.put(folder_of(who) + DONE, b"")

    def _sweep_log(
        self, listed: Listed, records: list[Record] | str, gathered: dict[int, list[Any]]
    ) -> dict[int, list[Any]]:
        if isinstance(records, str):
            self._logger.error("not searched", key=listed.key, reason=records)
            self.sweep = self.sweep.past({}, unread=1)
            return gathered
        kept: list[Record] = []
        found: Counter[int] = Counter()
        for record in records:
            who = subject_hash(record.batch.subject)
            if self._forgotten.leaves_out(record.batch):
                found[who] += 1
                continue
            kept.append(record)
            if who in self._asked:
                gathered[who].append(of_record(record))
        self._write(listed, encode_log(kept) if found else b"", found)
        return gathered

    def _sweep_parked(self, listed: Listed) -> None:
        try:
            batch = ParkedBatch.from_bytes(self._shelf.get(listed.key) or b"")
        except ParkedError as error:
            self._logger.error("not searched", key=listed.key, reason=str(error))
            self.sweep = self.sweep.past({}, unread=1)
            return
        kept, found = batch.without(self._forgotten)
        self._write(listed, kept.to_bytes(), found)

    def _sweep_quarantined(self, listed: Listed) -> None:
        """The bytes go with what is known of them."""
        if not listed.key.endswith(NOTE):
            return
        note = Note.from_bytes(self._shelf.get(listed.key) or b"")
        if self._forgotten.covers(note.who, note.arrived_ms):
            for end in (DATA, NOTE):  # in this order: what has no note is never found again
                self._shelf.purge(listed.key.removesuffix(NOTE) + end, whole=True)
            self.sweep = self.sweep.past(Counter([note.who]))

    def _write(self, listed: Listed, data: bytes, found: Counter[int]) -> None:
        """The object without the records found, and nothing of what it was before."""
        replaced = bool(found) and self._shelf.replace(listed, data)
        if replaced:
            self.sweep = self.sweep.past(found)
        # Or this sweep wrote it already, and died before it had told so.
        if replaced or listed.written_ms >= self.sweep.began_ms - SETTLE_MS:
            self._shelf.purge(listed.key)
