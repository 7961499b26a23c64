"""Item facts: what may be said of an item, checked at the door.

To give items one more field, add it to `ITEM_SCHEMA`; it is stored and returned as it came.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.event import ID_SCHEMA, SCALARS_SCHEMA, EventError, Rejection
from domain.key import item_key
from domain.schema import compile_schema

MAX_ITEMS = 100  # per call
MAX_ITEM_BYTES = 16_384  # as JSON; with its keys about 17 write units of 1 KB
# What no list shows and no filter asks for stays in the table, and out of every scorer's memory.
UNLISTED = ("description",)

_LABELS = {"type": "array", "maxItems": 32, "items": {**ID_SCHEMA, "maxLength": 64}}
ITEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["item_id"],
    "additionalProperties": False,
    "properties": {
        "item_id": ID_SCHEMA,
        "title": {"type": "string", "maxLength": 512},
        "description": {"type": "string", "maxLength": 8192},
        "categories": _LABELS,
        "tags": _LABELS,
        "price": {"type": "number", "minimum": 0, "maximum": 1e12},
        "available": {"type": "boolean"},
        "attributes": {"maxProperties": 64, **SCALARS_SCHEMA},
    },
}
ITEMS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["items"],
    "additionalProperties": False,
    "properties": {"items": {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS}},
}
# What callers are told: the parser holds each item by itself, so that a bad one spoils no other.
FACTS_SCHEMA: dict[str, Any] = {
    **ITEMS_SCHEMA,
    "properties": {"items": {**ITEMS_SCHEMA["properties"]["items"], "items": ITEM_SCHEMA}},
}
USER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "age_band": {"type": "string", "maxLength": 32},
        "segment": {"type": "string", "maxLength": 64},
        "language": {"type": "string", "maxLength": 35},
        "attributes": {"maxProperties": 32, **SCALARS_SCHEMA},
    },
}
check_item = compile_schema(ITEM_SCHEMA)
check_items = compile_schema(ITEMS_SCHEMA)
check_user = compile_schema(USER_SCHEMA)


class Item(NamedTuple):
    """One item's facts at one moment. facts: as `ITEM_SCHEMA`, with `item_id`."""

    item_id: str
    facts: dict[str, Any]
    updated_ms: int

    @property
    def key(self) -> int:
        """As state and models know the item."""
        return item_key(self.item_id)

    @property
    def available(self) -> bool:
        """May it be recommended? Yes, unless its facts say no."""
        return bool(self.facts.get("available", True))


def parse_items(body: Any, received_ms: int) -> tuple[list[Item], list[Rejection]]:
    """Check a decoded body; the good items, and the bad ones named. The last of a double counts.

    raises: EventError, when the envelope is wrong or no item is usable.
    """
    if found := check_items(body, ""):
        raise EventError(found.field or "body", found.reason)
    items: dict[str, Item] = {}
    rejected: list[Rejection] = []
    for index, raw in enumerate(body["items"]):
        found = check_item(raw, "")
        if found is None and len(encode_facts(raw)) > MAX_ITEM_BYTES:
            rejected.append(Rejection(index, "item", f"is larger than {MAX_ITEM_BYTES} bytes"))
        elif found:
            rejected.append(Rejection(index, found.field or "item", found.reason))
        else:
            items[raw["item_id"]] = Item(raw["item_id"], raw, received_ms)
    if not items:
        first = rejected[0]
        raise EventError(f"items[{first.index}].{first.field}", first.reason)
    return list(items.values()), rejected


def parse_user(body: Any) -> dict[str, Any]:
    """Check the attributes of a user.

    raises: EventError, naming the field.
    """
    if found := check_user(body, ""):
        raise EventError(found.field or "body", found.reason)
    return dict(body)


def listed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What lists are made of."""
    return {name: value for name, value in facts.items() if name not in UNLISTED}


def encode_facts(facts: dict[str, Any]) -> bytes:
    """Facts as they are stored: compact JSON."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
