"""One subject's events on their way: what waits, and the one batch that is under way."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import limits
from .entry import Entry


@dataclass(slots=True, eq=False)
class Lane:
    """One call of a lane is under way at most, so that a retry comes before what is newer."""

    waiting: deque[Entry] = field(default_factory=deque)
    under_way: list[Entry] = field(default_factory=list)

    def __iter__(self) -> Iterator[Entry]:
        """Oldest first."""
        yield from self.under_way
        yield from self.waiting

    def ready_s(self, window_s: float) -> float:
        """When its next batch may go: its oldest event waited for the window, or it is full."""
        since_s = self.waiting[0].since_s
        if len(self.waiting) < limits.MAX_EVENTS:
            return since_s + window_s
        return max(since_s, self.waiting[limits.MAX_EVENTS - 1].since_s)

    def take(self) -> list[Entry]:
        """The next batch. A session to be joined goes alone."""
        batch = [self.waiting.popleft()]
        while (batch[0].event and self.waiting and self.waiting[0].event
               and len(batch) < limits.MAX_EVENTS):
            batch.append(self.waiting.popleft())
        for entry in batch:
            entry.busy = True
        self.under_way = batch
        return batch

    def put_back(self, since_s: float) -> None:
        """What is under way waits again, before all else of its lane."""
        for entry in reversed(self.under_way):
            entry.busy, entry.since_s = False, since_s
            self.waiting.appendleft(entry)
        self.under_way = []
