"""What an outbox holds, what it drops, and what it has counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]


@dataclass(slots=True, eq=False)
class Entry:
    """One event, or (without an event) one session that is to be joined to its user.

    subject: whose it is: a user id, or ~ and the id of an anonymous session.
    since_s: when it came, by a clock that never jumps; -inf = it waits for no others; later than
             it came, when its call failed.
    number:  place in the order of arrival; busy: its call is under way.
    """

    subject: str
    event: Fields | None
    since_s: float
    session_id: str | None = None
    number: int = 0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that will not be sent again, and why.

    reason: refused (by the server), erased (its user was), overflow (the oldest made room), closed
            (the client ended first: it may or may not have arrived).
    status, field, message: of the server's answer, where it was one.
    """

    reason: str
    entry: Entry
    status: int = 0
    field: str | None = None
    message: str = ""


@dataclass(slots=True)
class Counts:
    """tracked = accepted + all dropped + what is still held; sessions to be joined count too."""

    tracked: int = 0
    accepted: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
