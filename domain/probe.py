"""The user by whom a deployment looks at itself, and what keeps that user out of everything.

What the probe does travels as every event does: on the stream, into its own state, into the log.
Item features and training leave it out, so that no list and no model ever knows of it. Whoever
else sends events under this name is left out as well.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the updaters keep the probe out as well, and read no log
    from domain.erasure import Forgotten
    from domain.event import Batch
    from domain.record import Record

USER = "headwater-probe"
ITEM = "headwater-probe"  # of no catalogue
TYPE = "impression"  # which says nothing of taste


def is_probe(subject: str) -> bool:
    """Must these events be left out of whatever is said of items or learned?"""
    return subject == USER


def by_people(records: "Iterable[Record]", forgotten: "Forgotten") -> "Iterator[Batch]":
    """What the log holds of people of whom something may still be said."""
    return (batch for _, batch in records
            if not is_probe(batch.subject) and not forgotten.leaves_out(batch))


def body(event_id: str) -> dict[str, Any]:
    """What the probe sends, as `parse_batch` reads it."""
    return {"user_id": USER,
            "events": [{"event_id": event_id, "type": TYPE, "item_id": ITEM}]}
