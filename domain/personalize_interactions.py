"""PutEvents -> batches: a session's interactions as one user's events, checked as all events are.

Items that were shown beside the one that was chosen are events of type `impression`. An interaction
without an id gets one from what it says, so that the same one, sent or imported again, counts once;
Personalize keeps one of two that are alike as well. The whole call is taken, or none of it.
source: AWS, "Recording events", "PutEvents" (Amazon Personalize).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from domain.event import MAX_EVENTS, Batch, EventError, parse_batch, subject_of_session
from domain.personalize import (
    ITEM_ID_SCHEMA,
    STRING_SCHEMA,
    PersonalizeError,
    approve,
    column,
    properties_of,
)
from domain.schema import compile_schema
from domain.vocabulary import Vocabulary

IMPRESSION = "impression"  # the type of what was shown
# source: AWS, "Event" (Amazon Personalize Events), keywords that properties may not hold.
RESERVED = frozenset({"userid", "sessionid", "eventtype", "timestamp", "recommendationid",
                      "impression"})
SOURCE = "eventAttributionSource"
_OF_ALL = ("at", "recommendation_id")  # what holds of what was shown as of what was chosen

_EVENT = {
    "type": "object", "required": ["eventType", "sentAt"], "additionalProperties": False,
    "properties": {
        "eventId": STRING_SCHEMA, "eventType": STRING_SCHEMA, "itemId": ITEM_ID_SCHEMA,
        "eventValue": {"type": "number", "minimum": -1e12, "maximum": 1e12},
        "sentAt": {"type": "number", "minimum": 0, "maximum": 1e11},
        "properties": {"type": "string", "minLength": 1, "maxLength": 1024},
        "recommendationId": {"type": "string", "minLength": 1, "maxLength": 40},
        "impression": {"type": "array", "minItems": 1, "maxItems": 25, "items": ITEM_ID_SCHEMA},
        "metricAttribution": {
            "type": "object", "required": [SOURCE], "additionalProperties": False,
            "properties": {SOURCE: {"type": "string", "minLength": 1, "maxLength": 1024}}},
    },
}
PUT_EVENTS: dict[str, Any] = {
    "type": "object", "required": ["trackingId", "sessionId", "eventList"],
    "additionalProperties": False,
    "properties": {
        "trackingId": STRING_SCHEMA, "userId": STRING_SCHEMA, "sessionId": STRING_SCHEMA,
        "eventList": {"type": "array", "minItems": 1, "maxItems": 10, "items": _EVENT},
    },
}
_check = compile_schema(PUT_EVENTS)
_THEIRS = {"event_id": "eventId", "type": "eventType", "item_id": "itemId", "at": "sentAt",
           "value": "eventValue", "context": "properties", "user_id": "userId",
           "recommendation_id": "recommendationId", "session_id": "sessionId"}
_PLACED = re.compile(r"events\[(\d+)\]\.(.*)", re.DOTALL)
Placed = tuple[str, dict[str, Any]]  # where a call says it, and the event


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction, as a call or a row of a file says it. at_ms: when it happened.

    shown: ids of the items that the user chose from.
    """

    type: str
    item_id: str
    at_ms: int
    value: float | None = None
    context: Mapping[str, Any] | None = None
    recommendation_id: str | None = None
    event_id: str | None = None
    shown: tuple[str, ...] = ()

    def events(self, subject: str) -> Iterator[dict[str, Any]]:
        """As `POST /events` takes them: what was chosen, then what was shown.

        What was shown carries neither value nor context. subject: whose events, as `Batch.subject`.
        """
        said = {"type": self.type, "item_id": self.item_id, "at": self.at_ms, "value": self.value,
                "context": self.context or None, "recommendation_id": self.recommendation_id}
        event: dict[str, Any] = {name: told for name, told in said.items() if told is not None}
        event_id = self.event_id or _digest(subject, event)
        yield {"event_id": event_id, **event}
        for item_id in dict.fromkeys(self.shown):
            yield {**{name: event[name] for name in _OF_ALL if name in event},
                   "event_id": _digest(subject, event_id, item_id), "type": IMPRESSION,
                   "item_id": item_id}


def parse_events(body: Any, received_ms: int, vocabulary: Vocabulary) -> list[Batch]:
    """Check a decoded body; what it says, in batches of at most `MAX_EVENTS`.

    raises: PersonalizeError, naming the first field that is wrong.
    """
    approve(_check, body)
    whose, subject = {"session_id": body["sessionId"]}, subject_of_session(body["sessionId"])
    if "userId" in body:
        whose["user_id"] = subject = body["userId"]
    placed: list[Placed] = []
    for index, given in enumerate(body["eventList"]):
        field = f"eventList[{index}]"
        chosen, *shown = _read(given, field, vocabulary).events(subject)
        placed += [(f"{field}.", chosen), *((f"{field}.impression.", one) for one in shown)]
    return [_batch(whose, placed[start:start + MAX_EVENTS], received_ms, vocabulary)
            for start in range(0, len(placed), MAX_EVENTS)]


def known_type(name: str, vocabulary: Vocabulary) -> str:
    """A type under the name that it has here: `AddToCart` is `add_to_cart`; unknown ones stay."""
    ours = column(name).replace(" ", "_").lower()
    return ours if name not in vocabulary.by_name and ours in vocabulary.by_name else name


def context_of(properties: Mapping[str, Any], field: str) -> dict[str, Any]:
    """What is told beside an interaction. raises: PersonalizeError, for a keyword."""
    for name in properties:
        if name.lower().replace("_", "") in RESERVED:
            raise PersonalizeError(f"{field}.{name} is a keyword, which properties may not hold")
    return dict(properties)


def _read(given: Mapping[str, Any], field: str, vocabulary: Vocabulary) -> Interaction:
    told = properties_of(given["properties"], f"{field}.properties") \
        if "properties" in given else {}
    item_id = _either(given, told, "itemId", field)
    if item_id is None:
        raise PersonalizeError(f"{field}.itemId is required: events here are about an item")
    value = _either(given, told, "eventValue", field)
    context = context_of(told, f"{field}.properties")
    if "metricAttribution" in given:
        context[SOURCE] = given["metricAttribution"][SOURCE]
    return Interaction(
        known_type(given["eventType"], vocabulary), item_id, round(given["sentAt"] * 1000), value,
        context, given.get("recommendationId"), given.get("eventId"),
        tuple(given.get("impression", ())))


def _either(given: Mapping[str, Any], told: dict[str, Any], name: str, field: str) -> Any:
    """A field of the event, or of its properties, where the first clients had it."""
    if name not in told:
        return given.get(name)
    value = told.pop(name)
    if given.get(name, value) != value:
        raise PersonalizeError(f"{field}.properties.{name} is another one than {field}.{name}")
    return value


def _batch(
    whose: Mapping[str, str], placed: Sequence[Placed], received_ms: int, vocabulary: Vocabulary
) -> Batch:
    events = [event for _, event in placed]
    try:
        batch, rejected = parse_batch({**whose, "events": events}, received_ms, vocabulary)
    except EventError as error:
        raise PersonalizeError(_theirs(error.field, error.reason, placed)) from error
    if rejected:
        first = rejected[0]
        field = f"events[{first.index}].{first.field}"
        raise PersonalizeError(_theirs(field, first.reason, placed))
    return batch


def _theirs(field: str, reason: str, placed: Sequence[Placed]) -> str:
    """A refusal in the caller's words."""
    place, prefix = _PLACED.fullmatch(field), ""
    if place:
        prefix, field = placed[int(place[1])][0], place[2]
    name, dot, rest = field.partition(".")
    return f"{prefix}{_THEIRS.get(name, name)}{dot}{rest} {reason}"


def _digest(*said: Any) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()
