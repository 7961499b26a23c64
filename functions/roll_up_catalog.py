"""Items -> catalogue snapshot: once a minute, what changed is laid over the file scorers read."""

from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.arrays import ArraysError
from domain.layout import CATALOG_KEY
from domain.snapshot import EMPTY, CatalogSnapshot
from functions.items import Items
from functions.settings import RollUpCatalog
from functions.shelf import Shelf

logger = Logger(service="roll_up_catalog")


class Adapters(NamedTuple):
    """What the handler touches."""

    items: Items
    shelf: Shelf


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = RollUpCatalog.from_env(environ)
    return Adapters(Items(settings.items_table), Shelf(settings.bucket_name))


def handler(_event: dict[str, Any], _: Any) -> None:
    """Lay over what is new; a failure is raised, and the next minute lays it over as well."""
    catalog = roll_up(*adapters())
    logger.info("rolled up", items=len(catalog))


def roll_up(items: Items, shelf: Shelf) -> CatalogSnapshot:
    """The catalogue as it is now; the file is written only when something changed."""
    raw = shelf.get(CATALOG_KEY)
    last, is_current = EMPTY, False
    if raw and (before := _read(raw)) is not None:
        is_current = before.is_in(raw)
        # An earlier version kept more of facts in it.
        last = before if is_current else EMPTY.updated(before.items())
    newer = last.updated(items.changed_since(last.until_ms))
    # The first file is written though it is empty: training jobs are given it.
    if newer is not last or not is_current:
        shelf.put(CATALOG_KEY, newer.to_bytes())
    return newer


def _read(raw: bytes) -> CatalogSnapshot | None:
    """The snapshot before this one; one that cannot be read is made again of the table."""
    try:
        return CatalogSnapshot.from_bytes(raw)
    except ArraysError as error:
        logger.error("begun anew", reason=str(error))
        return None
