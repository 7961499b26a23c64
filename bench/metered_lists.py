"""A metered run of lists: the real scorer over a made-up model, in the local cloud.

Asked as fast as this machine can: what a scorer reads now and then, such as the trends every five
seconds, is spread over more lists than a quieter deployment makes of it.
"""

from tqdm import tqdm

from bench.stocked import stock
from bench.traffic import ITEMS, Shoppers
from local.bill.meter import Meter
from local.bill.tally import Tally
from local.cloud import Cloud
from local.proxy import Request

USERS = 200
K = 10


def run(lists: int, items: int = ITEMS) -> Tally:
    """What so many lists of `K` places use."""
    with Cloud(None, live=False) as cloud:
        shoppers = Shoppers(users=USERS, items=items)
        stock(cloud, items, shoppers, USERS)
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
