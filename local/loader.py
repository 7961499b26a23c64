"""A collection -> the cloud, through the public API, from where an earlier try stopped.

After each accepted call the cloud remembers how far loading got. Killed between the two, at most
one call is made again, and its event ids make it count once.
"""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

from tqdm import tqdm

from domain.catalog import MAX_ITEMS
from domain.event import MAX_EVENTS
from local.client import Client, encode
from local.collection import Collection, CollectionError, batches

LOADED = "loaded"  # what the cloud remembers: collection, calls made, shift of the times
Call = tuple[str, str, Any, bool, int]  # method, path, body, admin, how many things it carries


class Target(Protocol):
    """What is loaded into; it remembers how far that got."""

    def client(self) -> Client:
        """A caller with the API key and an administrator's signature."""

    def recall(self, name: str) -> Any:
        """What was remembered, None when nothing was."""

    def remember(self, name: str, value: Any) -> None:
        """Keep a fact in step with what is held."""


def load(cloud: Target, collection: Collection) -> list[str]:
    """Everything, with progress; answers with what the API refused, a line each.

    raises: CollectionError, when the cloud holds another collection, or refuses a whole call.
    """
    known = cloud.recall(LOADED) or {
        "name": collection.name, "calls": 0, "shift_ms": _shift_ms(collection)}
    if known["name"] != collection.name:
        raise CollectionError(f"the cloud holds {known['name']}; start with an empty one")
    total = len(collection.items) + len(collection.users) + collection.count()
    refused: list[str] = []
    with cloud.client() as client, tqdm(total=total, desc=f"loading {collection.name}",
                                        unit="", unit_scale=True, disable=None) as bar:
        calls = _calls(collection, known["shift_ms"])
        bar.update(sum(call[-1] for call in islice(calls, known["calls"])))
        for done, call in enumerate(calls, start=known["calls"] + 1):
            refused += _make(client, call)
            cloud.remember(LOADED, {**known, "calls": done})
            bar.update(call[-1])
    return refused


def _make(client: Client, call: Call) -> list[str]:
    method, path, body, admin, _ = call
    reply = client.call(method, path, body, admin=admin)
    if reply.status not in (200, 202):
        raise CollectionError(f"{method} {path} answered {reply.status}: {reply.body}")
    return [f"{method} {path}: {refusal}" for refusal in reply.body.get("rejected", ())]


def _calls(collection: Collection, shift_ms: int) -> Iterator[Call]:
    for start in range(0, len(collection.items), MAX_ITEMS):
        items = collection.items[start:start + MAX_ITEMS]
        yield "PUT", "/items", {"items": items}, True, len(items)
    for user_id, attributes in collection.users.items():
        yield "PUT", f"/users/{encode(user_id)}", attributes, False, 1
    for user_id, events in batches(collection, MAX_EVENTS):
        moved = [{**event, "at": event["at"] + shift_ms} for event in events]
        yield "POST", "/events", {"user_id": user_id, "events": moved}, False, len(events)


def _shift_ms(collection: Collection) -> int:
    """How far the times are moved: old collections end now, so that trends have a now."""
    return time.time_ns() // 1_000_000 - collection.newest_ms if collection.past else 0
