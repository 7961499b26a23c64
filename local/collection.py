"""What a loader loads: items, users and events, from MovieLens or from a file of the user's own."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

COLUMNS = ("user_id", "item_id", "timestamp")  # needed; `type` and `value` may follow
DEFAULT_TYPE = "view"


class CollectionError(ValueError):
    """There is nothing here that can be loaded."""


@dataclass
class Collection:
    """events: user id -> events as `POST /events` takes them, in time order.

    problems: one line for each row that was left out.
    past:     the times lie long ago, and are moved so that the last event happens now.
    """

    name: str
    events: dict[str, list[dict[str, Any]]]
    items: list[dict[str, Any]] = field(default_factory=list)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    past: bool = False

    @property
    def newest_ms(self) -> int:
        """The time of the last event."""
        return max(int(events[-1]["at"]) for events in self.events.values())

    def count(self) -> int:
        """How many events there are."""
        return sum(map(len, self.events.values()))

    def add(self, user_id: str, event: dict[str, Any]) -> None:
        """One more event; its id is what it says, so that loading twice is loading once."""
        event["event_id"] = f"{user_id}/{event['item_id']}/{event['type']}/{event['at']}"
        self.events.setdefault(user_id, []).append(event)

    def sort(self) -> None:
        """Put every user's events in time order; equal times keep the file's order."""
        for events in self.events.values():
            events.sort(key=lambda event: int(event["at"]))


def read_csv(path: Path) -> Collection:
    """Events from `user_id,item_id,timestamp[,type][,value]`, a header first.

    timestamp: epoch seconds or milliseconds, or RFC 3339. A row that says less is a problem with
    its line number; the rest is loaded.
    raises: CollectionError, when there is no usable row.
    """
    found = Collection(path.name, {})
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise CollectionError(f"{path}: the header lacks {', '.join(missing)}")
        for row in rows:
            try:
                user_id, event = _read_row(row)
            except ValueError as error:
                found.problems.append(f"line {rows.line_num}: {error}")
            else:
                found.add(user_id, event)
    if not found.events:
        raise CollectionError("\n".join([f"{path}: no usable row", *found.problems[:10]]))
    found.sort()
    item_ids = {event["item_id"] for events in found.events.values() for event in events}
    found.items = [{"item_id": item_id} for item_id in sorted(item_ids)]
    return found


def batches(collection: Collection, size: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each user's events in pieces, as a client would send them."""
    for user_id, events in collection.events.items():
        for start in range(0, len(events), size):
            yield user_id, events[start:start + size]


def _read_row(row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if None in row:
        raise ValueError("more fields than the header has")
    for name in COLUMNS:
        if not row[name]:
            raise ValueError(f"{name} is empty")
    event = {"item_id": row["item_id"], "type": row.get("type") or DEFAULT_TYPE,
             "at": _read_time(row["timestamp"])}
    if row.get("value"):
        event["value"] = _read_number(row["value"])
    return row["user_id"], event


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"value {text!r} is no number") from error


def _read_time(text: str) -> int:
    if text.isascii() and text.isdigit():
        number = int(text)
        return number if number > 10**11 else number * 1000  # 10**11 ms is 1973, 10**11 s 5138
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"timestamp {text!r} is neither epoch nor RFC 3339") from error
    if moment.tzinfo is None:
        raise ValueError(f"timestamp {text!r} has no time zone, such as Z")
    return round(moment.timestamp() * 1000)
