"""How far the log was searched for those who are to be forgotten, and for those who asked.

A sweep goes over everything that a mark or a request not seen before may concern. It is done in
pieces, as long as one invocation lasts, in the order of the keys.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from domain.key import spelled
from domain.receipt import Tally

# What was on its way when somebody was erased is in the log by then, if its writer is not behind;
# if it is, a later sweep finds it. source: infra/ingestion.py, a minute's window, a minute's run.
SETTLE_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Sweep:
    """One that goes on.

    until_ms:  marks made until then are dealt with.   began_ms: objects written later are not.
    cursor:    the last key that was dealt with.
    tallies:   by hash, what was taken out so far.     unread: objects that could not be read.
    asked:     hashes of whoever asked for what is held of them.
    """

    until_ms: int
    began_ms: int
    cursor: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    unread: int = 0
    asked: tuple[str, ...] = ()

    def at(self, key: str) -> Self:
        """Everything up to a key is dealt with."""
        return replace(self, cursor=key)

    def past(self, found: Mapping[int, int], *, unread: int = 0) -> Self:
        """One object later. found: by hash, how many records were taken out of it."""
        tallies = dict(self.tallies)
        for who, records in found.items():
            name = spelled(who)
            tallies[name] = tallies.get(name, Tally()) + Tally(records, 1)
        return replace(self, tallies=tallies, unread=self.unread + unread)


@dataclass(frozen=True, slots=True)
class Progress:
    """Marks made until swept_ms are dealt with in all that was written before began_ms.

    untold: by hash, what was taken out already of whom a later sweep's receipts are to tell it.
    """

    swept_ms: int = -1
    began_ms: int = -1
    sweep: Sweep | None = None
    untold: dict[str, Tally] = field(default_factory=dict)

    def done(self, sweep: Sweep, untold: Mapping[str, Tally]) -> "Progress":
        """After the end of a sweep."""
        return Progress(sweep.until_ms, sweep.began_ms, untold=dict(untold))

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        found = json.loads(data)
        sweep = found["sweep"]
        if sweep:
            sweep = Sweep(**sweep | {"tallies": _tallies(sweep["tallies"]),
                                     "asked": tuple(sweep["asked"])})
        return cls(found["swept_ms"], found["began_ms"], sweep, _tallies(found.get("untold", {})))


def _tallies(found: Mapping[str, Mapping[str, int]]) -> dict[str, Tally]:
    return {who: Tally(**tally) for who, tally in found.items()}
