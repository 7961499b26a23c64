"""A log in which only the hour tells what comes next: dear items by night, cheap ones by day.

What a user did before says nothing, and every item is as popular as any other. The first stage
knows no hour, and the second reads it beside the price.
"""

import random
from dataclasses import replace
from pathlib import Path

from domain.catalog import Item
from domain.event import Batch, Event
from domain.record import Position, Record
from domain.snapshot import EMPTY
from local.planted import CONFIG, SHARD
from tests.model.scene import write_log

DAY_MS = 24 * 3_600_000
BEGIN_MS = 20_000 * DAY_MS
ITEMS, USERS, CLICKS, DAYS = 60, 250, 10, 20
BY_HOUR = replace(CONFIG, epochs=1, ranker="dcn", validation_share=0.5)


def wanted(at_ms: int) -> int:
    """Of which kind the items are that are clicked then: 1 = dear, 0 = cheap."""
    return int(at_ms % DAY_MS >= DAY_MS // 2)


def laid_by_hour(folder: Path) -> tuple[Path, Path]:
    """The log, and the catalogue beside it. Nobody clicks an item twice."""
    chance = random.Random(3)
    made = [_record(number, chance) for number in range(USERS)]
    catalog = folder / "catalog.npz"
    catalog.write_bytes(EMPTY.updated([
        Item(f"i{n}", {"item_id": f"i{n}", "price": 100.0 if n % 2 else 1.0}, BEGIN_MS)
        for n in range(ITEMS)]).to_bytes())
    return write_log(folder / "events", made), catalog


def _record(number: int, chance: random.Random) -> Record:
    kinds = [chance.sample(range(kind, ITEMS, 2), CLICKS) for kind in (0, 1)]
    times = sorted(BEGIN_MS + chance.randrange(DAYS * DAY_MS) for _ in range(CLICKS))
    events = tuple(Event(f"{number}-{place}", "click", f"i{kinds[wanted(at_ms)].pop()}", at_ms)
                   for place, at_ms in enumerate(times))
    return Record(Position(SHARD, number + 1), Batch(f"user-{number}", times[-1], events))
