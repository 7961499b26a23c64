"""A metered run of lists: the real scorer over a made-up model, in the local cloud.

Asked as fast as this machine can: what a scorer reads now and then, such as the trends every five
seconds, is spread over more lists than a quieter deployment makes of it.
"""

import time
from pathlib import Path

from tqdm import tqdm

from bench.shop import item_ids, shop
from bench.traffic import ITEMS, Shoppers
from domain.artifact import verify
from domain.catalog import Item
from domain.layout import CATALOG_KEY
from domain.snapshot import EMPTY
from functions.notary import Notary
from functions.registry import Entry, Registry
from functions.shelf import Shelf
from functions.users import Change, StoredUser, Users
from local.bill.meter import Meter
from local.bill.tally import Tally
from local.cloud import Cloud
from local.proxy import Request

USERS = 200
K = 10


def run(lists: int, items: int = ITEMS) -> Tally:
    """What so many lists of `K` places use."""
    folder = shop(items)
    with Cloud(None, live=False) as cloud:
        shoppers = Shoppers(users=USERS, items=items)
        _place(cloud, folder, items)
        _fill(cloud, shoppers)
        cloud.by_verb["recommend"].load()
        meter = Meter(cloud)
        _ask(cloud, shoppers.id(0))  # loads the model
        meter.on()
        for number in tqdm(range(lists), unit="list", desc="lists", disable=None):
            _ask(cloud, shoppers.id(number % USERS))
        return meter.tallies["recommend"]


def _ask(cloud: Cloud, user_id: str) -> None:
    answer = cloud.gateway.answer(Request(
        "GET", f"/users/{user_id}/recommendations?k={K}", [("x-api-key", cloud.api_key)]))
    assert answer.status == 200, answer.body
    assert b'"personal"' in answer.body


def _place(cloud: Cloud, folder: Path, items: int) -> None:
    """Promote the model, and publish a catalogue."""
    environment, now_ms = cloud.by_verb["recommend"].environment, time.time_ns() // 1_000_000
    shelf = Shelf(environment["HEADWATER_BUCKET_NAME"], cloud.engine.client("s3"),
                  notary=Notary.of(environment["HEADWATER_SIGNING_KEY"]))
    registry = Registry(environment["HEADWATER_MODELS_TABLE"], cloud.engine.client("dynamodb"))
    version = verify(folder)
    shelf.put_model(folder, version)
    registry.record(Entry(version, now_ms, "bench", [], {}, ""))
    registry.point(version, now_ms)
    facts = (Item(id_, {"item_id": id_, "title": f"An item with a title of its own, {id_}",
                        "categories": ["things"], "price": 10.0}, now_ms)
             for id_ in item_ids(items))
    shelf.put(CATALOG_KEY, EMPTY.updated(facts).to_bytes())


def _fill(cloud: Cloud, shoppers: Shoppers) -> None:
    """Give every user a past."""
    users = Users(cloud.by_verb["recommend"].environment["HEADWATER_USERS_TABLE"],
                  cloud.engine.client("dynamodb"))
    for number in range(USERS):
        state = shoppers.past(number, time.time_ns() // 1_000_000)
        users.put(Change(shoppers.id(number), state, StoredUser()))
