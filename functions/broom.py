"""What goes through the bucket, key by key, and takes out the records of the forgotten."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aws_lambda_powertools import Logger

from domain.batch_part import BatchError, without
from domain.erasure import Forgotten
from domain.export import ASKED, DONE, folder_of, of_record, part_of
from domain.key import subject_hash
from domain.layout import BATCHES, EVENT_LOG, PARKED, QUARANTINE
from domain.record import Record, encode_log
from domain.sweep import SETTLE_MS, Sweep
from functions.event_log import GONE, THREADS, EventLog
from functions.parked import ParkedBatch, ParkedError
from functions.quarantine import DATA, NOTE, Note, NoteError
from functions.shelf import Listed, Shelf, day_key

SEARCHED = (PARKED, BATCHES, EVENT_LOG, QUARANTINE)
STEP = 16 * THREADS  # objects between two notes of how far it is: seconds


class Broom:
    """`step` until nothing is `left`, then `finish`.

    since_ms:  nothing that was written before is looked at; -1 = everything is.
    behind_ms: how long before it is written a record of the log may have arrived.
    """

    def __init__(
        self, shelf: Shelf, forgotten: Forgotten, sweep: Sweep, since_ms: int, behind_ms: int,
        logger: Logger,
    ) -> None:
        self.sweep = sweep
        self._shelf, self._forgotten, self._logger = shelf, forgotten, logger
        self._log = EventLog(shelf)
        self._asked = {int(who, 16) for who in sweep.asked}
        self._objects = self._listed(since_ms, behind_ms)
        self._next = self._take()

    def left(self) -> bool:
        """Is there more to be looked at?"""
        return bool(self._next)

    def step(self) -> None:
        """Look at the next few objects."""
        chosen = self._next
        by_prefix = {prefix: [found for found in chosen if found.key.startswith(prefix)]
                     for prefix in SEARCHED}
        for listed in by_prefix[PARKED]:
            self._sweep_parked(listed)
        for listed in by_prefix[BATCHES]:
            self._sweep_batch(listed)
        gathered: dict[int, list[Any]] = defaultdict(list)
        for listed, records in self._log.read(by_prefix[EVENT_LOG]):
            gathered = self._sweep_log(listed, records, gathered)
        for listed in by_prefix[QUARANTINE]:
            self._sweep_quarantined(listed)
        for who, told in gathered.items():
            # A step that is done again begins at the same cursor, and writes over its own.
            self._shelf.put(part_of(who, self.sweep.cursor), json.dumps(told).encode())
        self.sweep = self.sweep.at(chosen[-1].key)
        self._next = self._take()

    def finish(self) -> None:
        """Say of whoever asked that all is gathered."""
        for who in self._asked:
            self._shelf.put(folder_of(who) + DONE, b"")
            self._shelf.purge(folder_of(who) + ASKED, whole=True)

    def _listed(self, since_ms: int, behind_ms: int) -> Iterator[Listed]:
        """In the order of their keys, as the cursor goes; a thousand in memory."""
        if since_ms >= self.sweep.began_ms:
            return
        oldest_ms = since_ms - behind_ms - SETTLE_MS
        oldest = day_key(oldest_ms) if oldest_ms > 0 else ""
        for prefix in sorted(SEARCHED):
            after = max(self.sweep.cursor, oldest) if prefix == EVENT_LOG else self.sweep.cursor
            for found in self._shelf.listed(prefix, after):
                if found.written_ms >= since_ms:
                    yield found

    def _take(self) -> list[Listed]:
        return list(islice(self._objects, STEP))

    def _sweep_log(
        self, listed: Listed, records: list[Record] | str, gathered: dict[int, list[Any]]
    ) -> dict[int, list[Any]]:
        if isinstance(records, str):
            if records != GONE:
                self._tell(listed.key, records)
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
        data = self._shelf.get(listed.key)
        if data is None:  # it was replayed since it was listed
            return
        try:
            kept, found = ParkedBatch.from_bytes(data).without(self._forgotten)
        except ParkedError as error:
            self._tell(listed.key, str(error))
        else:
            self._write(listed, kept.to_bytes(), found)

    def _sweep_batch(self, listed: Listed) -> None:
        data = self._shelf.get(listed.key)
        if data is None:  # it has expired since it was listed
            return
        try:
            kept, found = without(listed.key, data, self._forgotten)
        except BatchError as error:
            self._tell(listed.key, str(error))
        else:
            self._write(listed, kept, found)

    def _sweep_quarantined(self, listed: Listed) -> None:
        """The bytes go with what is known of them."""
        told = self._shelf.get(listed.key) if listed.key.endswith(NOTE) else None
        if told is None:
            return
        data_key = listed.key.removesuffix(NOTE) + DATA
        try:
            delivery = Note.from_bytes(told).delivery(self._shelf.get(data_key) or b"")
        except NoteError as error:
            self._tell(listed.key, str(error))
            return
        who = delivery.left_out_of(self._forgotten)
        if who is not None:
            for key in (data_key, listed.key):  # what has no note is never found again
                self._shelf.purge(key, whole=True)
            self.sweep = self.sweep.past(Counter([who]))
        elif delivery.data and not delivery.who and delivery.batch() is None:
            self._tell(listed.key, "of before 0.2, so that nobody knows whose it is")

    def _tell(self, key: str, reason: str) -> None:
        self._logger.error("not searched", key=key, reason=reason)
        self.sweep = self.sweep.past({}, unread=1)

    def _write(self, listed: Listed, data: bytes, found: Counter[int]) -> None:
        """The object without the records found, and nothing of what it was before."""
        replaced = bool(found) and self._shelf.replace(listed, data)
        if replaced:
            self.sweep = self.sweep.past(found)
        # Or this sweep wrote it already, and died before it had told so.
        if replaced or listed.written_ms >= self.sweep.began_ms - SETTLE_MS:
            self._shelf.purge(listed.key)
