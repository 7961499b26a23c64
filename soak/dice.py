"""A seed -> what strikes, and when: chance of its own for each kind of fault.

So a kind can be switched off without moving where the others strike, and a counterexample is made
smaller by leaving out kinds. Each seed has its own mix: some kinds often, some never.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """What can go wrong, and what callers can do that is odd."""

    # A call to AWS.
    THROTTLED = "throttled"  # refused, without effect
    FAILED = "failed"  # 500 or no connection, without effect
    UNPROCESSED = "unprocessed"  # of many rows asked for together, only some are read
    LATE_EFFECT = "late-effect"  # done, and the answer is lost
    ZOMBIE = "zombie"  # nobody waits for it any more, and it takes effect steps later
    OUTAGE = "outage"  # a service refuses many calls in a row
    # A Lambda.
    KILLED = "killed"  # timed out or crashed before or after a call: between two writes, at times
    LOST_ANSWER = "lost-answer"  # it did everything, and its batch comes again, halved
    OVERLAP = "overlap"  # a second invocation runs inside a call of the first
    # The stream and who reads it.
    RESTART = "restart"  # a poller goes on from an older checkpoint, with other batch bounds
    RESHARD = "reshard"  # a split or a merge while events come
    SHORT_READ = "short-read"  # less is read than there is
    REPLAY = "replay"  # what was given up is applied by hand, while more comes and when all is done
    UNREADABLE = "unreadable"  # bytes that are no record of ours
    # Callers.
    RESENT = "resent"  # events sent again though they were taken, alone or with newer ones
    LATE = "late"  # events hours old
    AHEAD = "ahead"  # a client's clock that runs ahead
    BURST = "burst"  # more events of one user than a history holds
    INVALID = "invalid"  # events that are refused, between good ones
    ERASED = "erased"  # a user erased between two records


ALL = frozenset(Kind)
MIXES = (0.0, 1.0, 1.0, 3.0)  # how much of a kind a seed has


class Dice:
    """Chance of one run. allowed: kinds that may strike."""

    def __init__(self, seed: int, allowed: Iterable[Kind] = ALL) -> None:
        self._randoms = {kind: Random(f"{seed} {kind}") for kind in Kind}
        self.plain = Random(f"{seed}")  # of what is no fault: who sends, and when
        allowed = frozenset(allowed)
        drawn = {kind: self._randoms[kind].choice(MIXES) for kind in Kind}
        self._mix = {kind: drawn[kind] * (kind in allowed) for kind in Kind}
        self.struck: Counter[Kind] = Counter()
        self.story: list[str] = []

    def strikes(self, kind: Kind, chance: float) -> bool:
        """Does it happen here? chance: of a kind that a seed has once."""
        return self._randoms[kind].random() < chance * self._mix[kind]

    def calm(self) -> None:
        """Nothing strikes any more."""
        self._mix = dict.fromkeys(Kind, 0.0)

    def note(self, kind: Kind, what: str) -> None:
        """It did; what a failing seed tells."""
        self.struck[kind] += 1
        self.story.append(f"{kind}: {what}")

    def tell(self, what: str) -> None:
        """Something of the run that is no fault."""
        self.story.append(what)

    def between(self, kind: Kind, low: int, high: int) -> int:
        """A whole number for a fault, both ends included."""
        return self._randoms[kind].randint(low, high)

    def choice(self, kind: Kind, of: Sequence[T]) -> T:
        """One of several."""
        return self._randoms[kind].choice(of)
