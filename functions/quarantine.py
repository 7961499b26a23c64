"""What is known of a record that nobody can read: it lies beside the record's bytes."""

import json
from typing import NamedTuple, Self

from domain.event import MAX_TIME_MS
from domain.key import spelled
from domain.layout import QUARANTINE
from domain.record import SEQUENCE, Position
from domain.schema import compile_schema
from functions.shelf import Shelf
from functions.stream import Delivery

NOTE, DATA = ".json", ".bin"  # ends of the two keys

_TEXT = {"type": "string"}
_check = compile_schema({
    "type": "object",
    "required": ["reason", "shard", "sequence"],
    "properties": {
        "reason": _TEXT, "shard": _TEXT, "sequence": SEQUENCE,
        "arrived_ms": {"type": "integer", "minimum": 0, "maximum": MAX_TIME_MS},
        "who": {"type": "string", "pattern": r"^[0-9a-f]{1,32}(?![\s\S])"},
    },
})


class NoteError(ValueError):
    """The object is no note of a quarantined record."""


class Note(NamedTuple):
    """Why, and where in the stream it stood.

    who: hash of whoever it is about, so that their erasure finds it; 0 = written before 0.2.
    """

    reason: str
    shard: str
    sequence: str
    arrived_ms: int = 0
    who: int = 0

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        return json.dumps(self._asdict() | {"who": spelled(self.who)}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote, in this or an earlier version.

        raises: NoteError, when it is another kind of thing.
        """
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise NoteError(f"no note of a record: {type(error).__name__}") from error
        if broken := _check(found, ""):
            raise NoteError(f"no note of a record: {broken.field} {broken.reason}")
        return cls(found["reason"], found["shard"], found["sequence"], found.get("arrived_ms", 0),
                   int(found.get("who", "0"), 16))

    def delivery(self, data: bytes) -> Delivery:
        """The record as it was delivered. data: the bytes that lie beside the note."""
        return Delivery(Position(self.shard, int(self.sequence)), data, self.arrived_ms, self.who)


def keep(shelf: Shelf, delivery: Delivery, reason: str) -> None:
    """Keep the bytes of a record nobody could read; what is known of it lies beside them."""
    at = delivery.position
    key = f"{QUARANTINE}{at.shard_id}-{at.padded}"
    note = Note(reason, at.shard_id, str(at.sequence), delivery.arrived_ms, delivery.who)
    shelf.put(key + NOTE, note.to_bytes())
    shelf.put(key + DATA, delivery.data)
