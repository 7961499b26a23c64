"""What was taken of one person, and when: the answer to whoever asked for an erasure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from domain.erasure import Act
from domain.key import spelled, subject_hash
from domain.layout import PAGE_TTL_S, RECEIPTS
from domain.schema import record_of

_COUNT = {"type": "integer", "minimum": 0}
_MS = {"type": "integer", "minimum": 0, "description": "epoch milliseconds"}
# As `Receipt.body` tells it.
TOLD: dict[str, Any] = {
    "forgotten": {"type": "string", "enum": ["all", "events"]},
    "asked_ms": _MS, "rows_deleted": _COUNT, "sessions": _COUNT,
    "event_log": record_of(
        rewritten_ms={"type": ["integer", "null"], "description": "null = not yet"},
        records=_COUNT, objects=_COUNT, unread_objects=_COUNT),
    "pages_expire_ms": _MS,
}
_WHOSE: dict[str, Any] = {"user_id": {"type": "string"}, "erased": {"type": "boolean"}}
ERASED_SCHEMA = record_of(**_WHOSE, **TOLD)
RECEIPTS_SCHEMA = record_of(
    **_WHOSE, **TOLD, earlier={"type": "array", "items": record_of(**TOLD)})


@dataclass(frozen=True, slots=True)
class Tally:
    """What was taken out of one place. objects: that were written anew without it."""

    records: int = 0
    objects: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.records + other.records, self.objects + other.objects)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One act.

    who:      hash of the user, then those of their sessions.
    rows:     of the table of users that are gone.
    log:      what was taken out of the event log; swept_ms: when that was done, None = not yet.
    unread:   objects of the log that could not be read, and so not be searched.
    """

    act: Act
    asked_ms: int
    who: tuple[str, ...]
    rows: int
    log: Tally = Tally()
    swept_ms: int | None = None
    unread: int = 0

    @property
    def key(self) -> str:
        """Where it is kept."""
        return f"{RECEIPTS}{self.who[0]}-{self.asked_ms:015d}.json"

    def swept(self, found: Iterable[Tally], unread: int, now_ms: int) -> Self:
        """The same, once the log was searched, or once more. found: what was taken out then."""
        return replace(self, log=sum(found, self.log), unread=max(unread, self.unread),
                       swept_ms=now_ms)

    def body(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "forgotten": "all" if self.act is Act.ERASED else "events",
            "asked_ms": self.asked_ms, "rows_deleted": self.rows,
            "sessions": len(self.who) - 1,
            "event_log": {"rewritten_ms": self.swept_ms, **asdict(self.log),
                          "unread_objects": self.unread},
            "pages_expire_ms": self.asked_ms + PAGE_TTL_S * 1000,
        }

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        found = json.loads(data)
        return cls(**found | {"act": Act(found["act"]), "who": tuple(found["who"]),
                              "log": Tally(**found["log"])})


def asked_ms_of(key: str) -> int:
    """When somebody asked, as the key of the receipt says it."""
    return int(key.removesuffix(".json").rpartition("-")[2])


def receipts_of(subject: str) -> str:
    """What the keys of all receipts of one person begin with."""
    return f"{RECEIPTS}{spelled(subject_hash(subject))}-"
