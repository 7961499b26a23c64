"""The event log of the last 48 h -> pages of what happened to items.

One object of the log becomes one page, or a few. The updater cut the same records otherwise, which
nobody who reads pages minds: each record counts once, wherever it stands (`domain.page`).
"""

from datetime import UTC, datetime

from tqdm import tqdm

from domain.layout import PAGE_TTL_S
from domain.page import encode_pages
from domain.record import Position, Record
from functions.event_log import EventLog
from functions.shelf import Listed
from recovery.report import Report
from recovery.stack import Adapters

LATE_MS = 24 * 3_600_000  # an object lies under the day its first record arrived, in UTC


class PageFiller:
    """Fills pages from the log; asked again, from what the log got since."""

    def __init__(self, given: Adapters, report: Report) -> None:
        self._given, self._report = given, report
        self._log, self._done = EventLog(given.shelf), set[Listed]()

    def fill(self, now_ms: int) -> None:
        """Every page of records that no TTL has passed yet."""
        since_ms = now_ms - PAGE_TTL_S * 1000
        day = datetime.fromtimestamp((since_ms - LATE_MS) / 1000, UTC).date().isoformat()
        objects = [found for found in self._log.objects(day) if found not in self._done]
        for listed, found in tqdm(self._log.read(objects), desc="pages", total=len(objects),
                                  unit="object", disable=None):
            if isinstance(found, str):
                self._report.problems.append(f"pages of {listed.key}: {found}")
            elif found and found[0].batch.received_ms >= since_ms:
                self._fill(found)
            self._done.add(listed)

    def _fill(self, records: list[Record]) -> None:
        # The log keeps when a batch was received, milliseconds before it arrived on the stream.
        shard_id, received_ms = records[0].position.shard_id, records[0].batch.received_ms
        for last, page in encode_pages(records, self._given.vocabulary):
            is_new = self._given.pages.put(Position(shard_id, last), page, received_ms)
            self._report.counts["pages written" if is_new else "pages that needed nothing"] += 1
