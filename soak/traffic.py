"""Callers: people who do things, whose clients buffer, retry, and know the time more or less.

A client drops an event from its queue when it is told that it was taken. So what is sent again has
the ids of the first time, alone or together with newer events.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from domain.event import MAX_AHEAD_MS, MAX_CLAMPED_MS, MAX_EVENTS, SESSION_MARK
from domain.features import MAX_EVENT_IDS
from domain.vocabulary import DEFAULT_TYPES
from local import proxy
from local.routes import Route
from soak.clock import Clock
from soak.dice import Dice, Kind

HOUR_MS = 3_600_000
USER_IDS = ("ada", "b", "grace hopper", "ü" * 40, "用户" * 30, "n" * 128)
SESSION_IDS = ("s", "x" * 127)
ITEM_IDS = ("a", "b", "c", "ginger tea", "日本の茶", "i" * 256, "0", "🫖")
VALUES = (None, 0, -0.0, 3, 4.5, 1e12, -1e12, 1e-9, 65504.5)


@dataclass
class Caller:
    """One user or session.

    queue: events not known to be taken, by their number; taken: those that are.
    """

    identity: dict[str, str]
    queue: dict[int, dict[str, Any]] = field(default_factory=dict)
    taken: dict[int, dict[str, Any]] = field(default_factory=dict)
    made: int = 0
    gone: bool = False  # erased, and told so

    @property
    def subject(self) -> str:
        """As the stream knows it."""
        return self.identity.get("user_id") or SESSION_MARK + self.identity["session_id"]

    def do(self, dice: Dice, clock: Clock) -> None:
        """Some things, into the queue."""
        burst = dice.strikes(Kind.BURST, 0.25)
        if burst:
            dice.note(Kind.BURST, self.subject[:20])
        for _ in range(MAX_EVENTS if burst else dice.plain.choice((1, 1, 2, 3, 5))):
            self.queue[self.made] = _event(f"{self.subject[:9]}-{self.made}", dice, clock)
            self.made += 1

    def batch(self, dice: Dice) -> dict[int, dict[str, Any]]:
        """What goes into the next call, by number; it may hold what was taken already."""
        chosen = dict(list(self.queue.items())[:MAX_EVENTS])
        if self.taken and dice.strikes(Kind.RESENT, 0.15):
            again = dict(list(self.taken.items())[-dice.between(Kind.RESENT, 1, 20):])
            dice.note(Kind.RESENT, f"{len(again)} events of {self.subject[:20]}")
            chosen = dict(list({**again, **chosen}.items())[:MAX_EVENTS])
        return chosen

    def body(self, chosen: dict[int, dict[str, Any]], dice: Dice) -> str:
        """The call's body; between good events may stand one that is refused."""
        events: list[Any] = list(chosen.values())
        if len(events) < MAX_EVENTS and dice.strikes(Kind.INVALID, 0.1):
            dice.note(Kind.INVALID, self.subject[:20])
            wrong = dice.choice(Kind.INVALID, _WRONG)
            events.insert(dice.between(Kind.INVALID, 0, len(events)), wrong)
        return json.dumps({**self.identity, "events": events})

    def took(self, chosen: dict[int, dict[str, Any]]) -> None:
        """The call was answered: so many events are the server's now."""
        for number, event in chosen.items():
            self.queue.pop(number, None)
            self.taken[number] = event

    def leave(self) -> None:
        """The user is erased: nothing more is sent."""
        self.queue.clear()
        self.gone = True

    def forgets(self, number: int, chosen: dict[int, dict[str, Any]]) -> bool:
        """Would the ring of event ids no longer know this event, once `chosen` came?"""
        return max(chosen) - number >= MAX_EVENT_IDS


def callers(dice: Dice) -> list[Caller]:
    """Some users and a session; one of them may be a bot that never stops."""
    users = dice.plain.sample(USER_IDS, dice.plain.randint(2, 5))
    sessions = dice.plain.sample(SESSION_IDS, dice.plain.randint(0, 1))
    return [*(Caller({"user_id": name}) for name in users),
            *(Caller({"session_id": name}) for name in sessions)]


def call(
    method: str, path: str, body: str, now_ms: int, request_id: str, **parameters: str
) -> dict[str, Any]:
    """An API call as its function gets it, received at a time of the run."""
    request = proxy.Request(method, path, [("Content-Type", "application/json")], body.encode())
    event = proxy.event(Route(method, path), parameters, request, "key", "administrator")
    event["requestContext"] |= {"requestTimeEpoch": now_ms, "extendedRequestId": request_id}
    return event


_WRONG = (
    {"event_id": "wrong", "type": "stare", "item_id": "a"},
    {"event_id": "", "type": "view", "item_id": "a"},
    {"event_id": "wrong", "type": "view", "item_id": "i" * 257},
    {"event_id": "wrong", "type": "view", "item_id": "a", "at": "yesterday"},
    {"event_id": "wrong", "type": "rate", "item_id": "a", "value": 1e13},
    "no event",
)


def _event(event_id: str, dice: Dice, clock: Clock) -> dict[str, Any]:
    plain = dice.plain
    event: dict[str, Any] = {
        "event_id": event_id.ljust(plain.choice((1, 1, 1, 256)), "."),
        "type": plain.choice(DEFAULT_TYPES).name, "item_id": plain.choice(ITEM_IDS)}
    at_ms = clock.now_ms - plain.choice((0, 0, 1, 250))
    if dice.strikes(Kind.LATE, 0.1):
        dice.note(Kind.LATE, event_id)
        at_ms -= dice.between(Kind.LATE, HOUR_MS // 2, 30 * HOUR_MS)
    elif dice.strikes(Kind.AHEAD, 0.1):
        dice.note(Kind.AHEAD, event_id)
        most = MAX_CLAMPED_MS if dice.between(Kind.AHEAD, 0, 1) else MAX_AHEAD_MS
        at_ms += dice.between(Kind.AHEAD, 1, most)
    if plain.random() < 0.9:
        event["at"] = at_ms
    value = plain.choice(VALUES)
    return event if value is None else {**event, "value": value}
