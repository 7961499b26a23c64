"""A request body -> one user's batch of checked events, with every refused event named.

`BATCH_SCHEMA` is the contract with callers: the parser here, API Gateway's request model and the
API page are all made from it. To let events carry one more field, add it to `EVENT_SCHEMA` and
`Event`; consumers that do not know it ignore it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from domain.schema import Violation, compile_schema, record_of
from domain.vocabulary import Vocabulary

MAX_EVENTS = 25  # one call carries one user's batch
MAX_AHEAD_MS = 5 * 60_000  # a client clock may run this far ahead and is believed
MAX_CLAMPED_MS = 24 * 3_600_000  # up to here it is set to the receive time, beyond it is refused
MAX_TIME_MS = 2**48 - 1  # state and pages keep times in 48 bits: the year 10889
SESSION_MARK = "~"  # opens the subject of an anonymous session; no user id may begin with it

_PRINTABLE = {
    "pattern": r"^[^\x00-\x1f\x7f]*(?![\s\S])",
    "description": "must hold printable characters only",
}
ID_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256, **_PRINTABLE}
# The subject is the stream's partition key, 256 characters at most, of which an emoji may be two;
# an anonymous one takes one more for its mark. source: AWS, "PutRecordsRequestEntry".
SESSION_ID_SCHEMA: dict[str, Any] = {**ID_SCHEMA, "maxLength": 127}
USER_ID_SCHEMA: dict[str, Any] = {
    "type": "string", "minLength": 1, "maxLength": 128,
    "pattern": r"^[^~\x00-\x1f\x7f][^\x00-\x1f\x7f]*(?![\s\S])",
    "description": "must hold printable characters only and not begin with ~",
}
SCALAR_SCHEMA: dict[str, Any] = {
    "type": ["string", "number", "boolean"], "maxLength": 256, "minimum": -1e15, "maximum": 1e15,
}
SCALARS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {**ID_SCHEMA, "maxLength": 64},
    "additionalProperties": SCALAR_SCHEMA,
}
# Above 0: odds of nothing are none.
PROPENSITY_SCHEMA: dict[str, Any] = {"type": "number", "minimum": 1e-9, "maximum": 1}

EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["event_id", "type", "item_id"],
    "additionalProperties": False,
    "properties": {
        "event_id": ID_SCHEMA,
        "type": {"type": "string", "minLength": 1, "maxLength": 64},
        "item_id": ID_SCHEMA,
        "at": {"type": ["string", "number"], "maxLength": 40, "format": "date-time",
               "minimum": 0, "maximum": MAX_TIME_MS,
               "description": "RFC 3339, or epoch milliseconds"},
        "value": {"type": "number", "minimum": -1e12, "maximum": 1e12},
        "context": {"maxProperties": 16, **SCALARS_SCHEMA},
        "recommendation_id": {**ID_SCHEMA, "maxLength": 64},
        "propensity": {**PROPENSITY_SCHEMA, "description":
                       "of an impression: the chance that its list gave the item, if it gave one"},
    },
}
BATCH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {
        "user_id": USER_ID_SCHEMA,
        "session_id": SESSION_ID_SCHEMA,
        "events": {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS},
    },
}
# What callers are told: the parser holds each event by itself, so that a bad one spoils no other.
EVENTS_SCHEMA: dict[str, Any] = {
    **BATCH_SCHEMA,
    "properties": {**BATCH_SCHEMA["properties"],
                   "events": {**BATCH_SCHEMA["properties"]["events"], "items": EVENT_SCHEMA}},
    "anyOf": [{"required": ["user_id"]}, {"required": ["session_id"]}],
}
JOIN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["session_id"],
    "additionalProperties": False,
    "properties": {"session_id": SESSION_ID_SCHEMA},
}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
# Of what was sent together: how many were taken, and each that was not.
TAKEN_SCHEMA = record_of(accepted=COUNT, rejected={"type": "array", "items": record_of(
    index={**COUNT, "description": "its place in the request, from 0"},
    field={"type": "string"}, reason={"type": "string"})})
check_event = compile_schema(EVENT_SCHEMA)
check_batch = compile_schema(BATCH_SCHEMA)
check_item_id = compile_schema(ID_SCHEMA)
check_user_id = compile_schema(USER_ID_SCHEMA)
check_join = compile_schema(JOIN_SCHEMA)


class EventError(ValueError):
    """The sender is wrong: nothing of this body can be used."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Event(NamedTuple):
    """One thing one user did to one item.

    at_ms:   when, by the client's clock; `clamped` when that clock ran ahead of ours.
    value:   what the type measures: stars of a rating, money of a purchase.
    propensity: chance of an item that was shown to be on its list; None where nothing is explored.
    """

    event_id: str
    type: str
    item_id: str
    at_ms: int
    value: float | None = None
    context: Mapping[str, Any] | None = None
    recommendation_id: str | None = None
    clamped: bool = False
    propensity: float | None = None


class Batch(NamedTuple):
    """One user's events of one call: what one stream record carries.

    subject:    whose behaviour this is: the user id, or ~ and the session id of an anonymous one.
    request_id: of the call that brought it, by which it is followed through the logs.
    joins:      subject of the session that is this user's from here on; then there are no events.
    """

    subject: str
    received_ms: int
    events: tuple[Event, ...]
    session_id: str | None = None
    request_id: str | None = None
    joins: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """One event (or item) that was refused: its place in the request, and why."""

    index: int
    field: str
    reason: str


def parse_batch(
    body: Any, received_ms: int, vocabulary: Vocabulary
) -> tuple[Batch, list[Rejection]]:
    """Check a decoded body; the good events become a batch, the bad ones are named.

    raises: EventError, when the envelope is wrong or no event is usable.
    """
    if found := check_batch(body, ""):
        raise EventError(found.field or "body", found.reason)
    events: list[Event] = []
    rejected: list[Rejection] = []
    for index, raw in enumerate(body["events"]):
        try:
            events.append(_parse_event(raw, received_ms, vocabulary))
        except EventError as error:
            rejected.append(Rejection(index, error.field, error.reason))
    if not events:
        first = rejected[0]
        raise EventError(f"events[{first.index}].{first.field}", first.reason)
    return Batch(subject_of(body), received_ms, tuple(events), body.get("session_id")), rejected


def subject_of_session(session_id: str) -> str:
    """Whose behaviour it is when nobody says who they are."""
    return SESSION_MARK + session_id


def subject_of(body: Mapping[str, Any]) -> str:
    """Of whom a body speaks: `user_id`, else the session. raises: EventError."""
    if "user_id" in body:
        return str(body["user_id"])
    if "session_id" in body:
        return subject_of_session(body["session_id"])
    raise EventError("user_id", "user_id or session_id is required")


def _parse_event(raw: Any, received_ms: int, vocabulary: Vocabulary) -> Event:
    if found := check_event(raw, "") or _unknown_type(raw, vocabulary):
        raise EventError(found.field or "event", found.reason)
    at_ms = parse_time(raw["at"]) if "at" in raw else received_ms
    ahead_ms = at_ms - received_ms
    if ahead_ms > MAX_CLAMPED_MS:
        raise EventError("at", f"is {ahead_ms // 3_600_000} hours ahead of the server's clock")
    clamped = ahead_ms > MAX_AHEAD_MS
    return Event(
        raw["event_id"], raw["type"], raw["item_id"], received_ms if clamped else at_ms,
        raw.get("value"), raw.get("context"), raw.get("recommendation_id"), clamped,
        raw.get("propensity"),
    )


def _unknown_type(raw: Mapping[str, Any], vocabulary: Vocabulary) -> Violation | None:
    if raw["type"] in vocabulary.by_name:
        return None
    return Violation("type", f"must be one of {', '.join(vocabulary.by_name)}")


def parse_time(at: str | float) -> int:
    """Epoch milliseconds of a moment as callers write it. raises: EventError."""
    if not isinstance(at, str):  # browsers know fractions of a millisecond
        return round(at)
    try:
        moment = datetime.fromisoformat(at.upper())  # RFC 3339 allows t and z
    except (ValueError, OverflowError) as error:
        raise EventError("at", "must be RFC 3339 or epoch milliseconds") from error
    if moment.tzinfo is None:
        raise EventError("at", "must carry a time zone, such as Z")
    at_ms = round(moment.timestamp() * 1000)
    if at_ms < 0:
        raise EventError("at", "must be 1970 or later")
    return at_ms
