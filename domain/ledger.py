"""What a roll-up remembers of single events and users, so that trends stay true and hard to push.

Of an event it remembers its id, so that a copy counts nothing; of a user, how long and how widely
they are known, and what of their weight counted already where that is bounded. All of it is
bounded in bytes: what is remembered longest goes first, or what weighs least. Pages and trends hold
tags and keys, and so does the ledger: it names nobody.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from numpy.typing import NDArray

from domain.crowd import Crowd, no_crowd
from domain.page import Unread
from domain.people import People, nobody
from domain.record import Position
from domain.seen import Seen, none_seen
from domain.tally import Tally, nothing

MAX_UNREAD = 5_000  # pages; an updater of a later version writes as many in hours


class Ledger(NamedTuple):
    """As of `ref_ms`.

    seen, people: of events and of users.
    paces:  events counted, by user and minute.
    days:   strength counted, by user and day, and of that by item, for and against it.
    items:  who gives items their weight.   pairs: the same of co-visits.
    unread: pages of a later version that were passed by, to be read by it.
    """

    ref_ms: int
    seen: Seen
    people: People
    paces: Tally
    days: Tally
    items: Crowd
    pairs: Crowd
    unread: tuple[Unread, ...] = ()

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A header and arrays, as `from_parts` reads them."""
        unread = [[version, shard, str(first)]
                  for version, (shard, first) in self.unread[-MAX_UNREAD:]]
        return {"ref_ms": self.ref_ms, "unread": unread}, {
            f"{name}_{field}": getattr(getattr(self, name), field)
            for name, kind in _KINDS.items() for field in kind._fields}

    @classmethod
    def from_parts(cls, header: Mapping[str, Any], parts: Mapping[str, Any]) -> Self:
        """Read what `to_parts` made."""
        made = {name: kind(*(parts[f"{name}_{field}"] for field in kind._fields))
                for name, kind in _KINDS.items()}
        unread = tuple(Unread(version, Position(shard, int(last)))
                       for version, shard, last in header["unread"])
        return cls(header["ref_ms"], **made, unread=unread)


_KINDS: dict[str, Any] = {"seen": Seen, "people": People, "paces": Tally, "days": Tally,
                          "items": Crowd, "pairs": Crowd}


def blank(now_ms: int) -> Ledger:
    """Nothing remembered."""
    return Ledger(now_ms, none_seen(), nobody(), nothing(), nothing(), no_crowd(signs=2),
                  no_crowd(signs=1))
