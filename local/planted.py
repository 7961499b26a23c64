"""A log with a pattern planted in it, small enough to learn in seconds.

Each user walks a ring of items in one direction, up or down. What follows an item is up for half
of the users and down for the other half, so co-visits alone are right half of the time; who looks
at the event before knows the direction.
"""

import random
from typing import Any

from domain.catalog import Item
from domain.event import Batch, Event
from domain.record import Position, Record
from model.config import TrainConfig

RINGS = 3
RING = 16
START_MS = 1_750_000_000_000
STEP_MS = 60_000
SHARD = "shardId-000000000000"
# Learns the pattern in seconds.
CONFIG = TrainConfig(width=32, blocks=1, window=10, epochs=8, batch_size=16, learning_rate=1e-2,
                     dropout=0.0, id_dropout=0.0)


def item_id(ring: int, place: int) -> str:
    """An item by its place in a ring."""
    return f"{'abc'[ring]}{place % RING}"


def walk(ring: int, start: int, direction: int, length: int) -> list[str]:
    """The item ids of one user, oldest first."""
    return [item_id(ring, start + direction * step) for step in range(length)]


def records(users: int = 150, length: int = 10, seed: int = 3) -> list[Record]:
    """One record per user, users spread over time, each a walk with a click a minute."""
    chance = random.Random(seed)
    made = []
    for number in range(users):
        ring, start = chance.randrange(RINGS), chance.randrange(RING)
        direction = chance.choice((1, -1))
        begin_ms = START_MS + number * 10 * STEP_MS
        events = tuple(
            Event(f"{number}-{step}", "click", item, begin_ms + step * STEP_MS)
            for step, item in enumerate(walk(ring, start, direction, length)))
        batch = Batch(f"user-{number}", begin_ms + length * STEP_MS, events)
        made.append(Record(Position(SHARD, number + 1), batch))
    return made


def body(record: Record) -> dict[str, Any]:
    """A record as its user's page sends it."""
    return {"user_id": record.batch.subject, "events": [
        {"event_id": e.event_id, "type": e.type, "item_id": e.item_id, "at": e.at_ms}
        for e in record.batch.events]}


def items() -> list[Item]:
    """The catalogue: a category per ring."""
    return [Item(item_id(ring, place), {"item_id": item_id(ring, place),
                                        "title": f"Item {item_id(ring, place)}",
                                        "categories": [f"ring {'abc'[ring]}"]}, START_MS)
            for ring in range(RINGS) for place in range(RING)]
