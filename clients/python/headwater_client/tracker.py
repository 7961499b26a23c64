"""What both clients do alike, without any input or output: they differ in how they wait and send.

Times are of `time.monotonic`, which no change of the clock moves; only an event's own `at` is of
the wall clock.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import httpx

from . import limits
from .answer import Answer, Verdict
from .entry import Drop, Entry
from .outbox import AT_ONCE_S, Outbox
from .recall import Recall
from .wire import Call, batch_call, list_call

MAX_HELD = 10_000  # entries; about 5 MB

logger = logging.getLogger("headwater_client")


class About(TypedDict, total=False):
    """What an event may say beside its type and item; user_id or session_id it must.

    at: RFC 3339 or epoch ms; without it, now.
    """

    user_id: str
    session_id: str
    at: str | int
    value: float
    context: dict[str, str | float | bool]
    recommendation_id: str
    propensity: float


class Options(TypedDict, total=False):
    """How a client behaves.

    on_drop:    told of all that will never be sent again; logged as a warning without it.
    on_trouble: told of each call that did not bring its events, which are kept; likewise.
    connections: calls under way at once, never two of one user.
    """

    api_key: str
    on_drop: Callable[[Drop], None]
    on_trouble: Callable[[Answer], None]
    connections: int
    max_held: int
    window_s: float
    backoff_s: float
    max_backoff_s: float


class News(NamedTuple):
    """What a caller may want to be told of. trouble: an answer for which events are kept."""

    drops: list[Drop]
    trouble: Answer | None = None


class Tracker:
    """Not for two threads at once."""

    def __init__(self, url: str, options: Options) -> None:
        if httpx.URL(url).scheme not in ("http", "https"):
            raise ValueError(f"url must be http or https, is {url!r}")
        self.url = url.rstrip("/")
        self.api_key = options.get("api_key")
        self.connections = options.get("connections", 1)
        self._options = options
        self._tell_drop = options.get("on_drop", _log_drop)
        self._tell_trouble = options.get("on_trouble", _log_trouble)
        self.empty()

    def empty(self) -> None:
        """Forget everything, as in a process that was forked: its parent sends what is held."""
        chosen = self._options
        self.outbox = Outbox(cap=chosen.get("max_held", MAX_HELD),
                             window_s=chosen.get("window_s", limits.WINDOW_S),
                             backoff_s=chosen.get("backoff_s", limits.BACKOFF_S),
                             max_backoff_s=chosen.get("max_backoff_s", limits.MAX_BACKOFF_S))
        self._recall = Recall()

    def track(self, type_: str, item_id: str, about: About) -> tuple[str, News]:
        """Take an event in; its id is made here and never again.

        raises: TypeError or ValueError, for what is no JSON.
        """
        subject = subject_of(about)
        listed = self._recall.shown(subject, item_id)
        event: dict[str, Any] = {
            "event_id": str(uuid.uuid4()), "type": type_, "item_id": item_id, "at": _now_ms(),
            **({"recommendation_id": listed} if listed else {}),
            **{name: said for name, said in about.items() if name not in _WHO}}
        event = json.loads(json.dumps(event, allow_nan=False))  # a copy, and it can be sent
        drops = self.outbox.add(Entry(subject, event, time.monotonic()))
        return str(event["event_id"]), News(drops)

    def impressions(self, listing: dict[str, Any]) -> News:
        """Take in that a list was shown; later events on its items name it."""
        subject, shown_by = str(listing["user_id"]), str(listing["recommendation_id"])
        drops: list[Drop] = []
        for item in listing["items"]:
            self._recall.show(subject, item["item_id"], shown_by)
            about = _about(subject)
            if "propensity" in item:  # where the deployment explores
                about["propensity"] = item["propensity"]
            drops += self.track("impression", item["item_id"], about)[1].drops
        return News(drops)

    def join(self, user_id: str, session_id: str) -> News:
        """Take in that an anonymous session was this user's."""
        subject = subject_of({"user_id": user_id})
        self.outbox.hurry(time.monotonic(), subject)
        return News(self.outbox.add(Entry(subject, None, AT_ONCE_S, session_id)))

    def list_call(self, about: About, k: int | None, exclude_seen: bool) -> Call:
        """The call for a list, which names what it may not know yet."""
        subject = subject_of(about)
        recent = self._recall.recent(subject, self.outbox.of(subject), time.monotonic())
        return list_call(subject, k, exclude_seen, recent)

    def next(self) -> tuple[list[Entry], Call] | None:
        """A batch that is to be sent now, and its call."""
        batch = self.outbox.next(time.monotonic())
        return (batch, batch_call(batch)) if batch else None

    def settle(self, batch: list[Entry], answer: Answer) -> News:
        """Heed the answer to a batch."""
        verdict, drops = self.outbox.settle(batch, answer, time.monotonic())
        if verdict is Verdict.TAKEN:
            refused = {drop.entry.number for drop in drops}
            arrived = [entry for entry in batch if entry.number not in refused]
            self._recall.sent(arrived, time.monotonic())
        return News(drops, answer if verdict in (Verdict.RETRIED, Verdict.HELD) else None)

    def tell(self, news: News) -> None:
        """Pass on what there is to tell; by whoever holds no lock."""
        for drop in news.drops:
            self._tell_drop(drop)
        if news.trouble:
            self._tell_trouble(news.trouble)


_WHO = ("user_id", "session_id")


def subject_of(about: About) -> str:
    """Whose an event is. raises: ValueError, for nobody's."""
    if "user_id" in about:
        subject = about["user_id"]
    elif "session_id" in about:
        subject = limits.MARK + about["session_id"]
    else:
        raise ValueError("user_id or session_id is required")
    subject.encode()  # half a surrogate pair is no text
    return subject


def _about(subject: str) -> About:
    if subject.startswith(limits.MARK):
        return {"session_id": subject.removeprefix(limits.MARK)}
    return {"user_id": subject}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _log_drop(drop: Drop) -> None:
    logger.warning("dropped, %s: %s %s", drop.reason, drop.field or "", drop.message)


def _log_trouble(answer: Answer) -> None:
    logger.warning("not taken yet: %d %s", answer.status, answer.message)
