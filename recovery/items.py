"""The catalogue's roll-up -> the table of items: every item's facts, but for descriptions."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from tqdm import tqdm

from domain.arrays import ArraysError
from domain.layout import CATALOG_KEY
from domain.snapshot import CatalogSnapshot
from functions.event_log import THREADS
from recovery.report import Report
from recovery.stack import Adapters

CHUNK = 1_000  # items on their way at once


def fill(given: Adapters, report: Report) -> None:
    """Write every item of the roll-up that the table lacks, or knows as it was before."""
    found = given.shelf.get(CATALOG_KEY)
    if found is None:
        report.problems.append(f"items: there is no {CATALOG_KEY}; send the catalogue again")
        return
    try:
        catalog = CatalogSnapshot.from_bytes(found)
    except ArraysError as error:
        report.problems.append(f"items: {CATALOG_KEY} cannot be read ({error}); bring an earlier "
                               "version of the object back, or send the catalogue again")
        return
    items = catalog.items()
    with ThreadPoolExecutor(THREADS) as pool, tqdm(desc="items", total=len(catalog), unit="item",
                                                   disable=None) as bar:
        while chunk := list(islice(items, CHUNK)):
            written = sum(pool.map(given.items.fill, chunk))
            report.counts["items written"] += written
            report.counts["items that needed nothing"] += len(chunk) - written
            bar.update(len(chunk))
