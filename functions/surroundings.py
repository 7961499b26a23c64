"""Trends and catalogue as a reader keeps them: the last roll-ups, and what is newer than those.

A part that cannot be read stays as it was and is tried again at the next look, since an old list
serves better than none.
"""

from aws_lambda_powertools import Logger

from domain.arrays import ArraysError
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


class LiveTrends:
    """The roll-up, and the pages after it, each read once.

    A page that cannot be read is left out: the roll-up counts it, and tells of it.
    """

    def __init__(self, shelf: Shelf, pages: Pages, rules: Defence) -> None:
        self._shelf, self._pages, self._rules = shelf, pages, rules
        self._live, self._etag = begin(empty(0)), ""

    def read(self, now_ms: int) -> Trends:
        """The trends as of now. raises: a `WorldError`, ArraysError."""
        live, etag = self._live, self._etag
        if found := self._shelf.get_newer(TRENDS_KEY, etag):
            live, etag = begin(Trends.from_bytes(found[0])), found[1]
        covered = live.trends.covered
        records, _ = read_pages(self._pages.after(covered, covered))
        live, _ = absorb(live, records, now_ms, self._rules)
        self._live, self._etag = live, etag
        return live.trends


class LiveCatalog:
    """The snapshot, and the items that changed after it, and since the last look."""

    def __init__(self, shelf: Shelf, items: Items) -> None:
        self._shelf, self._items = shelf, items
        self._catalog, self._etag = EMPTY, ""
        self._since_ms = 0

    def read(self, now_ms: int) -> CatalogSnapshot:
        """The catalogue as of now. raises: a `WorldError`, ArraysError."""
        catalog, etag, since_ms = self._catalog, self._etag, self._since_ms
        if found := self._shelf.get_newer(CATALOG_KEY, etag):
            catalog, etag = CatalogSnapshot.from_bytes(found[0]), found[1]
            since_ms = catalog.until_ms
        catalog = catalog.updated(self._items.changed_since(since_ms))
        self._catalog, self._etag, self._since_ms = catalog, etag, now_ms
        return catalog


class Surroundings:
    """The newest of both, looked for at most every `LOOK_MS`."""

    def __init__(self, trends: LiveTrends, catalog: LiveCatalog, logger: Logger) -> None:
        self._live_trends, self._live_catalog, self._logger = trends, catalog, logger
        self._looked_ms = -LOOK_MS
        self.trends: Trends = empty(0)
        self.catalog: CatalogSnapshot = EMPTY

    def refresh(self, now_ms: int) -> bool:
        """Look again if it is time; True when something may have changed."""
        if now_ms - self._looked_ms < LOOK_MS:
            return False
        self._looked_ms = now_ms
        try:
            self.trends = self._live_trends.read(now_ms)
        except (*WorldError, ArraysError) as error:
            self._logger.error("kept the trends", reason=repr(error))
        try:
            self.catalog = self._live_catalog.read(now_ms)
        except (*WorldError, ArraysError) as error:
            self._logger.error("kept the catalogue", reason=repr(error))
        return True
