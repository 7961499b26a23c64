"""Trends and catalogue as a reader keeps them: the last roll-ups, and what is newer than those.

A part that cannot be read stays as far as it is known and is tried again at the next look, since
an old list serves better than none.
"""

import time
from collections import Counter
from collections.abc import Callable
from itertools import islice

from aws_lambda_powertools import Logger

from domain import metric
from domain.arrays import ArraysError
from domain.breaker import Breaker, is_within
from domain.catalog import Item
from domain.defence import Defence
from domain.layout import CATALOG_KEY, TRENDS_KEY
from domain.page import read_pages
from domain.roll_up import absorb, begin
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.trends import Trends, empty
from functions.aws import WorldError
from functions.items import Items
from functions.pages import Pages
from functions.shelf import Shelf

LOOK_MS = 5_000  # everybody's clicks count within ten seconds: the mapping's window, and this
# Who was not answered three times is left alone for a while: each of these may cost a caller
# `aws.BRIEF`.
FAILURES, REST_MS = 3, 15_000
# Items that are laid over one by one, in 40 ms; where more changed, the roll-up's file is quicker.
MOST_NEWS = 2_000
FETCH_MS = 3_600_000  # after which the file is fetched all the same, whatever this copy had missed
# A look that took as long may have waited in vain; the next one is left to the next request.
SPENT_S = 0.2


class LiveTrends:
    """The roll-up, and the pages after it, each read once.

    A page that cannot be read is left out: the roll-up counts it, and tells of it.
    """

    def __init__(self, shelf: Shelf, pages: Pages, rules: Defence) -> None:
        self._shelf, self._pages, self._rules = shelf, pages, rules
        self._live, self._etag = begin(empty(0)), ""

    @property
    def known(self) -> Trends:
        """As of the last read, or as far as that came."""
        return self._live.trends

    def read(self, now_ms: int) -> Trends:
        """The trends as of now. raises: a `WorldError`, ArraysError."""
        if found := self._shelf.get_newer(TRENDS_KEY, self._etag):
            self._live, self._etag = begin(Trends.from_bytes(found[0])), found[1]
        covered = self.known.covered
        records, _ = read_pages(self._pages.after(covered, covered))
        self._live, _ = absorb(self._live, records, now_ms, self._rules)
        return self.known


class LiveCatalog:
    """The roll-up's file, and the items that changed since.

    The file is for who begins and who has much to make up for: a shop that always changes something
    has it written every minute, and that of a million items takes seconds to fetch.
    """

    def __init__(self, shelf: Shelf, items: Items) -> None:
        self._shelf, self._items = shelf, items
        self.known, self._etag = EMPTY, ""
        self._since_ms = self._fetched_ms = 0

    def read(self, now_ms: int) -> CatalogSnapshot:
        """The catalogue as of now. raises: a `WorldError`, ArraysError.

        known: as of the last read, or as far as that came.
        """
        news = self._news(now_ms)
        if news is None:
            self._fetch(now_ms)
            news = list(self._items.changed_since(self._since_ms))
        self.known = self.known.updated(news)
        self._since_ms = now_ms
        return self.known

    def _news(self, now_ms: int) -> list[Item] | None:
        """What changed since the last look, None where the file is to be fetched before."""
        if not self._etag or not is_within(now_ms, self._fetched_ms, FETCH_MS):
            return None
        news = list(islice(self._items.changed_since(self._since_ms), MOST_NEWS + 1))
        return news if len(news) <= MOST_NEWS else None

    def _fetch(self, now_ms: int) -> None:
        since_ms = min(self._since_ms, now_ms)  # the clock may have been ahead for a while
        if found := self._shelf.get_newer(CATALOG_KEY, self._etag):
            self.known, self._etag = CatalogSnapshot.from_bytes(found[0]), found[1]
            since_ms = self.known.until_ms
        self._since_ms, self._fetched_ms = since_ms, now_ms


class Look:
    """One part, and when it is looked for."""

    def __init__(self, what: str, read: Callable[[int], object]) -> None:
        self.what, self._read = what, read
        self._looked_ms, self._breaker = -LOOK_MS, Breaker(FAILURES, REST_MS)
        self.is_known = False

    def is_due(self, now_ms: int) -> bool:
        """At most every `LOOK_MS`, and not while it rests."""
        return not is_within(now_ms, self._looked_ms, LOOK_MS) and self._breaker.may_ask(now_ms)

    def take(self, now_ms: int) -> None:
        """Read it. raises: a `WorldError`, ArraysError."""
        self._looked_ms = now_ms
        self._breaker = self._breaker.failed(now_ms)  # until it is read
        self._read(now_ms)
        self._breaker, self.is_known = self._breaker.answered(), True

    def look_anew(self) -> None:
        """Have it looked for at once: it was looked for in another life."""
        self._looked_ms, self._breaker = -LOOK_MS, self._breaker.answered()


class Surroundings:
    """The newest of both, looked for at most every `LOOK_MS`.

    troubles: counts what went wrong, by the names of metrics.
    """

    def __init__(
        self, trends: LiveTrends, catalog: LiveCatalog, logger: Logger, troubles: Counter[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live_trends, self._live_catalog = trends, catalog
        self._logger, self._troubles, self._clock = logger, troubles, clock
        self._looks = (Look("trends", trends.read), Look("catalogue", catalog.read))

    @property
    def trends(self) -> Trends:
        """As far as they are known."""
        return self._live_trends.known

    @property
    def catalog(self) -> CatalogSnapshot:
        """As far as it is known."""
        return self._live_catalog.known

    def refresh(self, now_ms: int, *, is_late: bool = False) -> bool:
        """Look again if it is time; True when something may have changed.

        is_late: the request has waited enough; only what was never read is looked for.
        """
        began_s, changed = self._clock(), False
        for look in self._looks:
            is_late = is_late or self._clock() - began_s > SPENT_S
            if look.is_due(now_ms) and not (is_late and look.is_known):
                self._take(look, now_ms)
                changed = True
        return changed

    def look_anew(self) -> None:
        """Have everything looked for at the next refresh, whatever the clock says."""
        for look in self._looks:
            look.look_anew()

    def _take(self, look: Look, now_ms: int) -> None:
        try:
            look.take(now_ms)
        except (*WorldError, ArraysError, MemoryError) as error:
            self._logger.error(f"kept the {look.what}", reason=repr(error))
            self._troubles[metric.LOOKS_FAILED] += 1
