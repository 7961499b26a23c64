"""What the API answers, as JSON Schema: the promise that callers build on.

Objects stay open: a later version may say more. Those of receipts, of exports and of events stand
with what they describe.
"""

from collections.abc import Mapping
from typing import Any

from domain.ask_schema import MAX_K
from domain.catalog import ITEM_SCHEMA, USER_SCHEMA
from domain.event import COUNT, ID_SCHEMA, JOIN_SCHEMA, PROPENSITY_SCHEMA
from domain.ranking import SOURCES
from domain.rollout import MIN_SHARE
from domain.schema import Schema, record_of
from domain.teams import PATTERN

TEXT = {"type": "string"}
MS = {"type": "integer", "minimum": 0, "description": "epoch milliseconds; 0 = never"}
OPTIONAL_TEXT = {"type": ["string", "null"]}
# Of a user, or of a session, which is ~ and its id.
SUBJECT = {"type": "string", "minLength": 1, "maxLength": 128}

ERROR = record_of(error=record_of(
    code={"type": "string", "description": "for programs, such as not_found"},
    message={"type": "string", "description": "for people"},
    field={"type": ["string", "null"], "description": "what is wrong in the request"}))

SIGNAL = {"type": "string", "description": "taste, co-visit, popular, ranker, trending, new, "
          "pinned, boost, exploration, or a name of weights"}
BEHIND = {"type": "array", "items": TEXT, "description": "the user's own items behind it"}
REASON = record_of(
    signal=SIGNAL,
    share={"type": "number", "minimum": 0, "maximum": 1,
           "description": "of what raised the item"},
    because=BEHIND)
PLACE = record_of(
    {"propensity": {**PROPENSITY_SCHEMA, "description":
                    "where a deployment explores: the chance of the item to be on this list; its "
                    "impression names it"}},
    item_id=ID_SCHEMA, rank={"type": "integer", "minimum": 1}, score={"type": "number"},
    title=OPTIONAL_TEXT, reasons={"type": "array", "items": REASON})
_MADE: dict[str, Schema] = {
    "source": {"type": "string", "enum": list(SOURCES)},
    "why": {"type": "string", "description": "what this source is"},
    "model": {"type": ["string", "null"], "description": "version that serves, null = none yet"},
    "rules": {"type": "array", "items": TEXT,
              "description": "names of the deployment's rules that it is under"},
}
_LISTED: dict[str, Schema] = {
    "recommendation_id": {
        "type": "string", "pattern": "^[0-9a-f]{32}$",
        "description": "events that came of this list name it"},
    **_MADE,
    "items": {"type": "array", "items": PLACE},
    "cursor": {"type": ["string", "null"],
               "description": "for the page after it, null = there is none"},
}
_HEARD: dict[str, Schema] = {"objectives": {
    "type": "object", "additionalProperties": {"type": "number"},
    "description": "where some are asked for: those that the model tells chances of"}}
USER_LIST = record_of(
    {**_HEARD, "experiments": {"type": "object", "additionalProperties": TEXT,
                     "description": "where some run: experiment -> the user's variant"}},
    user_id=SUBJECT, **{**_LISTED, "recommendation_id": {
        "type": "string", "pattern": PATTERN,
        "description": "events that came of this list name it, whole: of one drafted of two "
        "rankers its end tells whose pick each item is"}})
SIMILAR_LIST = record_of(item_id=ID_SCHEMA, **_LISTED)
TRENDING_LIST = record_of(window=TEXT, **_LISTED)
RANKED_LIST = record_of(
    _HEARD, user_id=SUBJECT, **_LISTED,
    unknown={"type": "array", "items": ID_SCHEMA,
             "description": "items that nobody knows, in the order in which they were given"},
    left_out={"type": "array", "description": "what the request or a rule hides",
              "items": record_of(item_id=ID_SCHEMA, reason=TEXT)})
SLATES = record_of(user_id=SUBJECT, slates={
    "type": "array", "items": record_of(_HEARD, name=TEXT, **_LISTED)})
_STANDING: dict[str, Schema] = {
    "rank": {"type": ["integer", "null"], "minimum": 1,
             "description": f"null = not among the first {MAX_K}"},
    "score": {"type": ["number", "null"]}}
EXPLANATION = record_of(
    {"explored": {"type": "number", "minimum": 0, "maximum": 1, "description":
                  "where a deployment explores: its chance to be on the list all the same"}},
    user_id=SUBJECT, item_id=ID_SCHEMA, **_MADE, **_STANDING,
    hidden={"type": ["string", "null"], "description": "what keeps it out, null = nothing does"},
    parts={"type": "array", "description": "of the score; they sum to it, but for rounding",
           "items": record_of(signal=SIGNAL, score={"type": "number"}, because=BEHIND)},
    without={"type": "array", "items": record_of(item_id=ID_SCHEMA, **_STANDING),
             "description": "where it would stand had the user had nothing to do with an item; "
             "what it would cost most first"})

WITHHELD = record_of(window=TEXT, items={"type": "array", "items": record_of(
    item_id=OPTIONAL_TEXT, counted={"type": "number"},
    withheld={"type": "object", "additionalProperties": {"type": "number"},
              "description": "strength that did not count, by the limit that withheld it"})})

HEALTH = record_of(
    status={"type": "string", "enum": ["ok"]}, model=OPTIONAL_TEXT,
    model_age_h={"type": ["number", "null"], "description": "hours since it was promoted"},
    catalogue=COUNT, trending_items=COUNT)

ITEM = record_of(ITEM_SCHEMA["properties"], item_id=ID_SCHEMA, updated_ms=MS)

USER_KEPT = record_of(USER_SCHEMA["properties"], user_id=SUBJECT)
COUNTS: dict[str, Any] = {"type": "object", "additionalProperties": COUNT,
                          "description": "events ever seen, by type"}
PROFILE = record_of(
    USER_SCHEMA["properties"], user_id=SUBJECT, events=COUNTS, first_ms=MS, last_ms=MS,
    recent={"type": "array", "description": "newest first", "items": record_of(
        item_id=TEXT, type=TEXT, at_ms=MS, value={"type": ["number", "null"]})},
    affinities={"type": "object",
                "additionalProperties": {"type": "number", "minimum": -1, "maximum": 1},
                "description": "category or tag -> share of the taste, below 0 = dislike"})
JOINED = record_of(user_id=SUBJECT, joined={"type": "boolean"},
                   session_id=JOIN_SCHEMA["properties"]["session_id"])
CONSENTED = record_of(user_id=SUBJECT, erased={"type": "boolean"})

_VERSION = r"^[0-9a-f]{16}(?![\s\S])"
VERSION: Mapping[str, Any] = {
    "type": "string", "pattern": _VERSION, "description": "must be 16 hex digits"}
POINTER_SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["version"], "additionalProperties": False,
    "properties": {"version": VERSION, "share": {
        "type": "number", "minimum": MIN_SHARE, "maximum": 1,
        "description": "of the users to begin with; left out = all at once"}}}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
POINTED = record_of(current={**VERSION, "description": "what serves all others"}, share={
    **_SHARE, "description": "of the users that the version asked for comes to now"})
SHELF = record_of(
    current=OPTIONAL_TEXT,
    rollout={"anyOf": [{"type": "null"}, record_of(
        version=VERSION, share=_SHARE, began_ms=MS, since_ms=MS, calls=COUNT,
        sample={**_SHARE, "description": "of the users, whose lists it makes and nobody is shown"},
        alike={"type": ["number", "null"], "description":
               "what those lists hold of the items that were shown, 0 to 1"})],
        "description": "what some users see in place of it, null = all see it"},
    models={"type": "array", "description": "newest first", "items": record_of(
        version=OPTIONAL_TEXT, judged_ms=MS, job=TEXT, created_at=TEXT, size_bytes=COUNT,
        rolled_back={**OPTIONAL_TEXT, "description": "why its rollout ended by itself"},
        refusals={"type": "array", "items": TEXT, "description": "empty = promoted"},
        metrics={"type": "object", "additionalProperties": {
            "type": "object", "additionalProperties": {"type": "number"}}})})

DOCUMENT: Schema = {"type": "object", "required": ["openapi", "info", "paths"]}
PAGE: Schema = {"type": "string"}
