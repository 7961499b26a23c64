"""Events that wait, and which of them are sent next. Pure: its callers bring time and answers.

The lane that was ready first goes first, and one that failed goes behind those that wait, so that
one user's failing call does not stop the others'. What fails is waited out by all.
"""

import heapq
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator

from . import limits
from .answer import Answer, Verdict
from .entry import Counts, Drop, Entry
from .lane import Lane

NEVER_S, AT_ONCE_S = float("inf"), float("-inf")


class Outbox:
    """Not for two threads at once.

    cap:  entries held, those under way too; draw: a number from 0 to 1, for jitter.
    """

    def __init__(
        self, *, cap: int, window_s: float, backoff_s: float, max_backoff_s: float,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if cap < limits.MAX_EVENTS:
            raise ValueError(f"cap must be at least {limits.MAX_EVENTS}")
        self._cap, self._window_s, self._draw = cap, window_s, draw
        self._backoff_s, self._max_backoff_s = backoff_s, max_backoff_s
        self._entries: OrderedDict[int, Entry] = OrderedDict()  # oldest first
        self._lanes: dict[str, Lane] = {}
        self._ready: list[tuple[float, int, str]] = []  # a heap; stale places are passed over
        self._added, self._failures, self._shut_until_s = 0, 0, AT_ONCE_S
        self.counts = Counts()

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, subject: str) -> Iterable[Entry]:
        """What is held of one subject, oldest first."""
        return self._lanes.get(subject, ())

    def add(self, entry: Entry) -> list[Drop]:
        """Take one in; over the cap the oldest that is not under way is dropped."""
        self._added += 1
        entry.number = self._added
        self._entries[entry.number] = entry
        self._lanes.setdefault(entry.subject, Lane()).waiting.append(entry)
        self._rank(entry.subject)
        self.counts.tracked += 1
        if len(self._entries) <= self._cap:
            return []
        oldest = next(held for held in self._entries.values() if not held.busy)
        self._lanes[oldest.subject].waiting.popleft()
        self._rank(oldest.subject)
        return self._drop([Drop("overflow", oldest)])

    def hurry(self, before_s: float = NEVER_S, subject: str | None = None) -> None:
        """Wait for no others any more; nor for a new key or token, if it is said to be here.

        before_s: what came later is left alone, and what a key or token holds is taken to be so;
        subject: whose token may be good by now. Failures are waited out as ever.
        """
        for entry in self._entries.values():
            if entry.since_s < before_s or entry.subject == subject:
                entry.since_s = AT_ONCE_S
        for waiting in list(self._lanes):
            self._rank(waiting)

    def wait_s(self, now_s: float) -> float:
        """Until `next` may have something; infinite when there is nothing to be sent."""
        return max(self._first_s(), self._shut_until_s) - now_s

    def next(self, now_s: float) -> list[Entry] | None:
        """A batch to be sent now, and settled when its answer is known."""
        if self.wait_s(now_s) > 0:
            return None
        return self._lanes[self._ready[0][2]].take()

    def settle(
        self, batch: list[Entry], answer: Answer, now_s: float
    ) -> tuple[Verdict, list[Drop]]:
        """Heed the answer to a batch: what it meant, and what is dropped for it."""
        verdict = answer.verdict(joining=not batch[0].event)
        lane = self._lanes.get(batch[0].subject)
        if lane is None:
            return verdict, []  # given up by `close`
        drops: list[Drop] = []
        if verdict is Verdict.RETRIED:
            self._shut_until_s = now_s + self._backoff(answer)
            lane.put_back(self._shut_until_s - self._window_s)
        elif verdict is Verdict.HELD:
            lane.put_back(now_s + limits.HOLD_S - self._window_s)
        else:
            if verdict is Verdict.ERASED:
                batch = list(lane)
                lane.waiting.clear()
            lane.under_way = []
            self._failures = 0
            drops = self._drop(list(_dropped(batch, verdict, answer)))
            self._accept(batch)
        self._rank(batch[0].subject)
        return verdict, drops

    def close(self) -> list[Drop]:
        """Give up whatever is held."""
        self._lanes.clear()
        return self._drop([Drop("closed", entry) for entry in self._entries.values()])

    def _backoff(self, answer: Answer) -> float:
        """Full jitter. source: AWS Architecture Blog, "Exponential Backoff And Jitter"."""
        most_s = min(self._max_backoff_s, self._backoff_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return min(answer.retry_after_s, limits.MAX_RETRY_AFTER_S) + self._draw() * most_s

    def _accept(self, batch: list[Entry]) -> None:
        for entry in batch:
            self.counts.accepted += self._entries.pop(entry.number, None) is not None

    def _drop(self, drops: list[Drop]) -> list[Drop]:
        for drop in drops:
            del self._entries[drop.entry.number]
            self.counts.dropped[drop.reason] += 1
        return drops

    def _rank(self, subject: str) -> None:
        lane = self._lanes[subject]
        if lane.under_way:
            return  # until it is settled
        if lane.waiting:
            heapq.heappush(self._ready, self._place(subject, lane))
        else:
            del self._lanes[subject]

    def _place(self, subject: str, lane: Lane) -> tuple[float, int, str]:
        return lane.ready_s(self._window_s), lane.waiting[0].number, subject

    def _first_s(self) -> float:
        while self._ready:
            first = self._ready[0]
            lane = self._lanes.get(first[2])
            if lane and not lane.under_way and first == self._place(first[2], lane):
                return first[0]
            heapq.heappop(self._ready)
        return NEVER_S


def _dropped(batch: list[Entry], verdict: Verdict, answer: Answer) -> Iterator[Drop]:
    """What of a batch was not taken; a call that was refused is refused for each of its events."""
    if verdict is not Verdict.TAKEN:
        for entry in batch:
            yield Drop(verdict.value, entry, answer.status, answer.field, answer.message)
        return
    for index, refusal in answer.rejected().items():
        yield Drop("refused", batch[index], answer.status, refusal["field"], refusal["reason"])
