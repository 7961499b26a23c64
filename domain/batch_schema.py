"""The JSON of lists made in batch: what is asked for, how far it is, and each line of a part."""

from typing import Any

from domain import answers
from domain.ask_schema import ASK_SCHEMA
from domain.event import COUNT, ID_SCHEMA, USER_ID_SCHEMA
from domain.schema import compile_schema, record_of

# Users named in one call. Of 128 characters of four bytes each they are 5.1 MB, and 6 MB go into a
# function. source: AWS, "Lambda quotas", invocation payload.
MAX_LISTED = 10_000
# What is of one user, or of one page of one list.
_ONE_USERS = ("cursor", "recent")

_BATCH_ID = r"^[0-9]{8}T[0-9]{6}-[0-9a-f]{8}(?![\s\S])"
BATCH_ID_SCHEMA: dict[str, Any] = {
    "type": "string", "pattern": _BATCH_ID, "description": "as it was answered"}
check_batch_id = compile_schema(BATCH_ID_SCHEMA)
BULK_ASK_SCHEMA: dict[str, Any] = {
    **ASK_SCHEMA, "description": "what every list is asked for, as that of one user",
    "properties": {name: schema for name, schema in ASK_SCHEMA["properties"].items()
                   if name not in _ONE_USERS}}
_SUBJECT_SCHEMA = {**ID_SCHEMA, "maxLength": USER_ID_SCHEMA["maxLength"]}  # or ~ and a session's
BATCH_SCHEMA: dict[str, Any] = {
    "type": "object", "required": [], "additionalProperties": False,
    "description": "whose lists are made, and how",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64},
        "ask": BULK_ASK_SCHEMA,
        "users": {"type": "array", "minItems": 1, "maxItems": MAX_LISTED, "items": _SUBJECT_SCHEMA,
                  "description": "these alone, or sessions, ~ and their ids; all of whom "
                  "something is known, when left out"},
        "sessions": {"type": "boolean",
                     "description": "of all: anonymous sessions too; false, when left out. It "
                     "says nothing of those listed"},
    }}
check_batch = compile_schema(BATCH_SCHEMA)

STATES = ("running", "stalled", "done")
_TOLD: dict[str, Any] = {
    "batch_id": BATCH_ID_SCHEMA, "name": answers.OPTIONAL_TEXT, "asked_ms": answers.MS,
    "state": {"type": "string", "enum": list(STATES),
              "description": "stalled: nothing was heard of a part of it for an hour; resume it"},
    "segments": COUNT, "segments_done": COUNT,
    "users_done": {**COUNT, "description": "lists made"},
    "left_out": {**COUNT, "description": "users whose state nobody can read"},
    "heard_ms": {**answers.MS, "description": "when a segment was last done, or failed"},
    "troubles": {"type": "array", "items": answers.TEXT,
                 "description": "why a segment could not be made yet; it is tried again"},
}
BATCH = record_of(**_TOLD)
BATCH_PARTS = record_of(
    **_TOLD,
    parts={"type": "array", "description": "finished parts, JSON lines, gzipped",
           "items": record_of(part={"type": "integer", "minimum": 1}, users=COUNT,
                              url={"type": "string", "format": "uri",
                                   "description": "for 15 minutes"})},
    next={"type": ["integer", "null"], "minimum": 1,
          "description": "for `part`: there are more; null = there are none by now"})
BATCHES = record_of(batches={"type": "array", "description": "newest first", "items": BATCH})

BATCH_LINE = record_of(
    {"experiments": {"type": "object", "additionalProperties": answers.TEXT}},
    user_id=answers.SUBJECT, at_ms=answers.MS,
    **{name: schema for name, schema in answers.USER_LIST["properties"].items()
       if name in ("recommendation_id", "source", "model", "rules")},
    items={"type": "array", "items": record_of(**{
        name: schema for name, schema in answers.PLACE["properties"].items()
        if name in answers.PLACE["required"] and name != "title"})})
