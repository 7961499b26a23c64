"""Made-up shoppers, as a metered run has them call: many users, sessions, a long tail of items.

Ids are as long as real ones: a user, an event and a recommendation are UUIDs, whose digits no
compression gets rid of. Activity is lognormal: half of the known users did less than `MEDIAN`
events before, and those who did more come more often. A share of sessions is of people never seen.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from domain.features import MAX_EVENT_IDS, MAX_HISTORY, Interaction, UserState
from domain.key import item_key

USERS = 50_000
ITEMS = 100_000
ZIPF = 1.0  # of items
MEDIAN, SIGMA = 20.0, 1.2  # events a user did before: lognormal. source: assumed
NEW = 0.25  # of sessions, by people who come for the first time. source: assumed
CALLS_PER_SESSION = 3.0  # geometric. source: assumed
LONGEST = 10  # calls of a session that may have begun before a run did
EVENT_S = 3.0  # between two events of a session. source: assumed
AGAIN = 0.25  # of events are about the item of the event before
TYPES = {"view": 50, "impression": 15, "click": 25, "add_to_cart": 7, "purchase": 3}
LED = 0.2  # of events come from a list of recommendations, and name it
WITH_CONTEXT = 0.1


class Call(NamedTuple):
    """One call, when it is made, and whose it is."""

    at_s: float
    user: int
    body: dict[str, Any]


@dataclass(slots=True)
class Session:
    """Orders by when its next call is due."""

    due_s: float
    user: int
    item: int

    def __lt__(self, other: "Session") -> bool:
        return self.due_s < other.due_s


class Shoppers:
    """Who calls; the same seed, the same calls. new: share of sessions by people never seen."""

    def __init__(
        self, *, users: int = USERS, items: int = ITEMS, seed: int = 1, new: float = NEW
    ) -> None:
        self._new = new
        self._chance = random.Random(seed)
        self._ids = [self._uuid() for _ in range(users)]
        self._activity = [self._chance.lognormvariate(0.0, SIGMA) for _ in range(users)]
        self._users = list(accumulate(self._activity))
        self._items = list(accumulate(1 / rank**ZIPF for rank in range(1, items + 1)))
        self._types, self._weights = list(TYPES), list(accumulate(TYPES.values()))

    def calls(self, count: int, *, rate: float, per_call: int, begin_s: float) -> Iterator[Call]:
        """So many calls of so many events, `rate` of them a second, in order of time.

        Sessions are under way when it begins.
        """
        open_: list[Session] = []
        next_s = begin_s - LONGEST * per_call * EVENT_S
        while count:
            while not open_ or next_s < open_[0].due_s:
                user = self._visitor()
                heapq.heappush(open_, Session(next_s, user, self._draw(self._items)))
                next_s += self._chance.expovariate(rate / CALLS_PER_SESSION)
            session = heapq.heappop(open_)
            if session.due_s >= begin_s:
                count -= 1
                yield self._call(session, per_call)
            if self._chance.random() >= 1 / CALLS_PER_SESSION:
                session.due_s += per_call * EVENT_S * self._chance.uniform(0.7, 1.3)
                heapq.heappush(open_, session)

    def id(self, user: int) -> str:
        """Of a user, by number."""
        return self._ids[user]

    def past(self, user: int, now_ms: int) -> UserState:
        """What a user did before: a state as the updater would have left it; of some nothing."""
        events = round(MEDIAN * self._activity[user]) if user < len(self._activity) else 0
        kept = min(events, MAX_HISTORY)
        history = tuple(Interaction(now_ms - (kept - place) * 3_600_000,
                                    item_key(f"item-{self._draw(self._items)}"),
                                    self._chance.randrange(1, 5)) for place in range(kept))
        tags = tuple(self._chance.getrandbits(32) for _ in range(min(events, MAX_EVENT_IDS)))
        counts = {code: max(1, events // 4) for code in (1, 2, 3, 4)} if events else {}
        first_ms, last_ms = (history[0].at_ms, history[-1].at_ms) if history else (0, 0)
        return UserState(history, counts, first_ms, last_ms, tags)

    def _visitor(self) -> int:
        if self._chance.random() >= self._new:
            return self._draw(self._users)
        self._ids.append(self._uuid())
        return len(self._ids) - 1

    def _call(self, session: Session, per_call: int) -> Call:
        begin_ms = round((session.due_s - per_call * EVENT_S) * 1000)
        events = []
        for place in range(per_call):
            if self._chance.random() >= AGAIN:
                session.item = self._draw(self._items)
            events.append(self._event(session.item, begin_ms + round(place * EVENT_S * 1000)
                                      + self._chance.randrange(1000)))
        return Call(session.due_s, session.user,
                    {"user_id": self._ids[session.user], "events": events})

    def _event(self, item: int, at_ms: int) -> dict[str, Any]:
        (kind,) = self._chance.choices(self._types, cum_weights=self._weights)
        event: dict[str, Any] = {
            "event_id": self._uuid(), "type": kind, "item_id": f"item-{item}", "at": at_ms}
        if kind == "purchase":
            event["value"] = self._chance.randrange(500, 20_000) / 100
        if self._chance.random() < LED:
            event["recommendation_id"] = self._uuid().replace("-", "")
        if self._chance.random() < WITH_CONTEXT:
            event["context"] = {"page": "home", "device": "mobile"}
        return event

    def _draw(self, sums: list[float]) -> int:
        (place,) = self._chance.choices(range(len(sums)), cum_weights=sums)
        return place

    def _uuid(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))
