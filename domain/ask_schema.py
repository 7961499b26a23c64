"""The JSON of a request for a list: the contract of `domain.ask`, of rules and of the API.

What it cannot say: a filter is an expression (`domain.expression`), a cursor is one that an answer
gave, and of a quota `at_least` is no more than `at_most`.
"""

from typing import Any

from domain import cursor
from domain.event import (
    EVENT_SCHEMA,
    ID_SCHEMA,
    SCALARS_SCHEMA,
    SESSION_ID_SCHEMA,
    USER_ID_SCHEMA,
)
from domain.expression import MAX_CHARS
from domain.schema import compile_schema

DEFAULT_K, MAX_K = 10, 500
MAX_EXCLUDED = 1_000
MAX_RECENT = 50  # events a client may hold back
MAX_LIFTS = 10  # boosts or quotas; each may cost a search of its own
MAX_PINS = 20
MAX_GIVEN = 1_000  # items of a caller's own list
MAX_PLACEMENTS = 10  # lists in one call
# Items of one of them. A thousand with the longest ids and titles, 3 KB each, are half of what a
# function may answer. source: AWS, "Lambda quotas", invocation payload.
MAX_PLACED = 100

_TIMES = {"type": "number", "minimum": -10, "maximum": 10}
_POSITION = {"type": "integer", "minimum": 1, "maximum": MAX_K}
_HOURS = {"type": "number", "minimum": 0.01, "maximum": 24 * 366,
          "description": "hours before now; without it ever"}
FILTER_SCHEMA: dict[str, Any] = {
    "type": "string", "minLength": 1, "maxLength": MAX_CHARS,
    "description": "an expression, such as: price < 20 and 'Sci-Fi' in categories"}
CURSOR_SCHEMA: dict[str, Any] = {
    "type": "string", "minLength": 1, "maxLength": cursor.MAX_CHARS,
    "pattern": r"^[A-Za-z0-9_-]+(?![\s\S])", "description": "of the page before"}


def _object(required: list[str], about: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False,
            "description": about, "properties": properties}


def _array(about: str, most: int, items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "maxItems": most, "items": items, "description": about,
            **({"minItems": least} if least else {})}


SEEN_SCHEMA = _object(
    [], "events that hide their items: of these types, or of any; lately, or ever",
    types=_array("any, when left out", 32, EVENT_SCHEMA["properties"]["type"], 1),
    within_h=_HOURS)
SHOWN_SCHEMA = _object(
    ["times"], "not what was shown so often lately", within_h=_HOURS,
    times={"type": "integer", "minimum": 1, "maximum": 100})
BOOST_SCHEMA = _object(
    ["filter", "by"], "what is lifted, or with a negative `by` buried", filter=FILTER_SCHEMA,
    by={**_TIMES, "description": "by 1, the last of the candidates would be the first"})
PIN_SCHEMA = _object(
    ["item_id", "position"], "on the first page, unless filtered, excluded or unavailable",
    item_id=ID_SCHEMA, position=_POSITION)
QUOTA_SCHEMA = {
    **_object(["filter"], "how many of the first places; at_least is no more than at_most",
              filter=FILTER_SCHEMA, at_least=_POSITION, at_most={**_POSITION, "minimum": 0},
              first={**_POSITION, "description": "places; all, when left out"}),
    "anyOf": [{"required": ["at_least"]}, {"required": ["at_most"]}]}
WEIGHTS_SCHEMA: dict[str, Any] = {
    "type": "object", "maxProperties": 8, "additionalProperties": _TIMES,
    "description": "what places are given for: each as its share of the candidates that have less",
    "propertyNames": {
        "pattern": r"^((relevance|novelty|price|updated_days)(?![\s\S])|attributes\.)",
        "description": "must be relevance, novelty, price, updated_days or attributes.NAME"}}
OUTCOME_SCHEMA: dict[str, Any] = {"type": "string", "description": "an event type, or its value"}
OBJECTIVES_SCHEMA: dict[str, Any] = {
    "type": "object", "maxProperties": 8, "additionalProperties": _TIMES,
    "propertyNames": OUTCOME_SCHEMA,
    "description": "what one event of a type is worth; a model with a second stage orders by the "
    "worth that it expects"}

RULE_PROPERTIES: dict[str, Any] = {
    "filter": FILTER_SCHEMA,
    "exclude": _array("items that are not shown", MAX_EXCLUDED, ID_SCHEMA),
    "exclude_seen": {
        "anyOf": [{"type": "boolean"}, SEEN_SCHEMA],
        "description": "true: not what the user had to do with, but for impressions"},
    "exclude_shown": SHOWN_SCHEMA,
    "boosts": _array("what ranks higher, or lower", MAX_LIFTS, BOOST_SCHEMA),
    "pins": _array("items at their places", MAX_PINS, PIN_SCHEMA),
    "quotas": _array("how many of a kind", MAX_LIFTS, QUOTA_SCHEMA),
    "weights": WEIGHTS_SCHEMA,
    "objectives": OBJECTIVES_SCHEMA,
    "diversity": {"type": "number", "minimum": 0, "maximum": 1,
                  "description": "what is like an item placed before is worth less; 0 = it is not"},
}
_FOR = {
    "recent": _array("items of events that the caller still holds back, oldest first", MAX_RECENT,
                     ID_SCHEMA),
    "context": {"maxProperties": 16, **SCALARS_SCHEMA,
                "description": "what filters call context.NAME"}}
_ONE_LIST = {"k": {"type": "integer", "minimum": 1, "maximum": MAX_K,
                   "description": f"how many items; {DEFAULT_K}, when left out"}}

ASK_SCHEMA = _object([], "what a list may be asked for", **_ONE_LIST, cursor=CURSOR_SCHEMA,
                     **_FOR, **RULE_PROPERTIES)
RANKING_SCHEMA = _object(
    ["items"], "the caller's items, and what their order may be asked for; exclude_seen is false, "
    "when left out", items=_array("what is ordered", MAX_GIVEN, ID_SCHEMA, 1),
    **_FOR, **RULE_PROPERTIES)
EXPLANATION_SCHEMA = _object(
    ["item_id"], "an item, and what its list is asked for", item_id=ID_SCHEMA,
    **_FOR, **RULE_PROPERTIES)
PLACEMENT_SCHEMA = _object(
    ["name"], "one list of a page", name={"type": "string", "minLength": 1, "maxLength": 64},
    k={**_ONE_LIST["k"], "maximum": MAX_PLACED}, **RULE_PROPERTIES)
SLATES_SCHEMA = {
    **_object(["placements"], "several lists for one user, or one anonymous session",
              user_id=USER_ID_SCHEMA, session_id=SESSION_ID_SCHEMA, **_FOR,
              placements=_array("in the order in which they choose", MAX_PLACEMENTS,
                                PLACEMENT_SCHEMA, 1)),
    "anyOf": [{"required": ["user_id"]}, {"required": ["session_id"]}]}
check_ask, check_ranking, check_slates, check_explanation = map(
    compile_schema, (ASK_SCHEMA, RANKING_SCHEMA, SLATES_SCHEMA, EXPLANATION_SCHEMA))
