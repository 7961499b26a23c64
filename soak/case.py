"""What a verdict is made of: the stream, what was made of it, and what should have been."""

from collections.abc import Set
from dataclasses import dataclass

from domain.record import Position
from domain.vocabulary import Vocabulary
from soak.found import Found
from soak.taken import Taken

USERS, ITEMS, LOG = "update_user_features", "update_item_features", "write_event_log"


@dataclass(frozen=True)
class Case:
    """One run beside the clean one.

    accepted: subject and event id of all that got a 202.
    replayed: what was parked, by consumer, and applied by hand: not parked any more.
    dropped:  of these, what a replay did not apply, as its user was erased by then.
    """

    taken: Taken
    found: Found
    clean: Found
    accepted: list[tuple[str, str]]
    replayed: dict[str, set[Position]]
    dropped: dict[str, set[Position]]
    vocabulary: Vocabulary

    def parked(self, verb: str) -> dict[Position, bytes]:
        """What a consumer's mapping gave up: it may have been applied in part before."""
        return self.found.parked.get(verb, {})

    def doubtful(self, verb: str) -> Set[Position]:
        """What was given up, and lies there still or was left out for good."""
        return self.parked(verb).keys() | self.dropped.get(verb, set())

    def late(self, verb: str) -> Set[Position]:
        """What a consumer was given by hand, when it had gone on already."""
        return self.replayed.get(verb, set()) - self.parked(verb).keys()
