"""Calls as they are put on the wire, and answers as they come from it."""

import json
import math
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from . import limits
from .answer import Answer
from .entry import Entry


@dataclass(frozen=True, slots=True)
class Call:
    """One request. subject: whose token it needs."""

    method: str
    path: str
    subject: str
    body: dict[str, Any] | None = None

    def request(self, url: str, api_key: str | None, token: str | None) -> httpx.Request:
        """The same as httpx sends it."""
        headers = {"content-type": "application/json"} if self.body else {}
        if api_key:
            headers["x-api-key"] = api_key
        if token:
            headers["authorization"] = f"Bearer {token}"
        content = json.dumps(self.body, separators=(",", ":")) if self.body else None
        return httpx.Request(self.method, url + self.path, headers=headers, content=content,
                             extensions={"timeout": httpx.Timeout(limits.TIMEOUT_S).as_dict()})


def batch_call(batch: list[Entry]) -> Call:
    """The call that brings a batch."""
    subject, first = batch[0].subject, batch[0]
    if first.event is None:
        return Call("POST", f"/users/{_segment(subject)}/sessions", subject,
                    {"session_id": first.session_id})
    who = ({"session_id": subject.removeprefix(limits.MARK)} if subject.startswith(limits.MARK)
           else {"user_id": subject})
    return Call("POST", "/events", subject, {**who, "events": [entry.event for entry in batch]})


def list_call(subject: str, k: int | None, exclude_seen: bool, recent: list[str]) -> Call:
    """The call for a list."""
    query = [f"recent={_segment(item_id)}" for item_id in recent]
    if k is not None:
        query.append(f"k={k}")
    if not exclude_seen:
        query.append("exclude_seen=false")
    return Call("GET", f"/users/{_segment(subject)}/recommendations?{'&'.join(query)}", subject)


def answer_of(response: httpx.Response) -> Answer:
    """A response that came whole."""
    try:
        body = response.json()
    except ValueError:  # of a proxy between, or cut off
        body = None
    return Answer(response.status_code, body if isinstance(body, dict) else {},
                  _retry_after_s(response.headers.get("retry-after", "")))


def no_answer(error: httpx.RequestError) -> Answer:
    """What stands for a response that never came."""
    return Answer(0, reason=str(error) or type(error).__name__)


def _segment(text: str) -> str:
    return quote(text, safe="")


def _retry_after_s(text: str) -> float:
    """Seconds or a date; 0 for neither. source: RFC 9110, section 10.2.3."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        wait_s = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, wait_s) if math.isfinite(wait_s) else 0.0
