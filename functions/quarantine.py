"""What is known of a record that nobody can read: it lies beside the record's bytes."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from domain.key import spelled

NOTE, DATA = ".json", ".bin"  # ends of the two keys


@dataclass(frozen=True, slots=True)
class Note:
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
        return json.dumps(asdict(self) | {"who": spelled(self.who)}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        found = json.loads(data)
        return cls(**found | {"who": int(found.get("who", "0"), 16)})
