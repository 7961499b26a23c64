"""A local cloud with a made-up model, a catalogue as large, and users who each have a past."""

import time
from pathlib import Path

from bench.shop import item_ids, shop
from bench.traffic import Shoppers
from domain.artifact import verify
from domain.catalog import Item
from domain.layout import CATALOG_KEY
from domain.snapshot import EMPTY, CatalogSnapshot
from functions.registry import Entry, Registry
from functions.shelf import Shelf
from functions.users import Change, StoredUser, Users
from local.cloud import Cloud


def stock(cloud: Cloud, items: int, shoppers: Shoppers, users: int) -> None:
    """Put everything where the functions look for it, past the API."""
    _promote(cloud, shop(items))
    _shelf(cloud).put(CATALOG_KEY, catalogue(items).to_bytes())
    _fill(cloud, shoppers, users)
    cloud.by_verb["recommend"].load()  # what it found before is forgotten


def catalogue(items: int, letters: int = 0) -> CatalogSnapshot:
    """Of all items of a shop. letters: of the description of each."""
    now_ms, more = _now_ms(), {"description": "d" * letters} if letters else {}
    return EMPTY.updated(
        Item(id_, {"item_id": id_, "title": f"An item with a title of its own, {id_}",
                   "categories": ["things"], "price": 10.0, **more}, now_ms)
        for id_ in item_ids(items))


def _promote(cloud: Cloud, folder: Path) -> None:
    version, now_ms = verify(folder), _now_ms()
    registry = Registry(_told(cloud, "MODELS_TABLE"), cloud.engine.client("dynamodb"))
    _shelf(cloud).put_model(folder, version)
    registry.record(Entry(version, now_ms, "bench", [], {}, ""))
    registry.point(version, now_ms)


def _fill(cloud: Cloud, shoppers: Shoppers, users: int) -> None:
    table = Users(_told(cloud, "USERS_TABLE"), cloud.engine.client("dynamodb"))
    for number in range(users):
        table.put(Change(shoppers.id(number), shoppers.past(number, _now_ms()), StoredUser()))


def _shelf(cloud: Cloud) -> Shelf:
    return Shelf(_told(cloud, "BUCKET_NAME"), cloud.engine.client("s3"))


def _told(cloud: Cloud, name: str) -> str:
    return cloud.by_verb["recommend"].environment[f"HEADWATER_{name}"]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
