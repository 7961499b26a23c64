"""What is held of one person, in words, for whoever asks for all of it."""

from typing import Any

from domain.features import UserState
from domain.key import spelled
from domain.layout import EXPORTS
from domain.record import Record, to_document
from domain.schema import record_of
from domain.vocabulary import Vocabulary

ASKED, DONE = "asked", "done"  # names below the folder of one person
PART = ".json"  # ends the others, each a list of records

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0}
_STATE = record_of(
    events={"type": "object", "additionalProperties": _WHOLE}, first_ms=_WHOLE, last_ms=_WHOLE,
    history={"type": "array", "items": record_of(
        item_key={"type": "string", "pattern": "^[0-9a-f]{16}$"}, type=_TEXT, at_ms=_WHOLE,
        value={"type": ["number", "null"]})})
_HELD: dict[str, Any] = {
    "user_id": _TEXT, "attributes": {"type": "object"}, "state": _STATE,
    "sessions": {"type": "array", "items": _TEXT},
}
_RECORDS = {
    "records": {"type": "array", "items": record_of(
        {"session_id": _TEXT, "request_id": _TEXT, "joins": _TEXT},
        v={**_WHOLE, "description": "of the form"}, shard=_TEXT, sequence=_TEXT, subject=_TEXT,
        received_ms=_WHOLE, events={"type": "array", "items": {"type": "object"}})},
    "urls": {"type": "array", "items": {"type": "string", "format": "uri"},
             "description": "where the records can be fetched, if they are too many"},
}
EXPORT_SCHEMA = record_of(**_HELD, event_log=record_of(
    _RECORDS, status={"type": "string", "enum": ["complete"]}, as_of_ms=_WHOLE))
SEARCHING_SCHEMA = record_of(**_HELD, event_log=record_of(
    status={"type": "string", "enum": ["searching"]}))


def folder_of(who: int) -> str:
    """Where the records of one person are gathered. who: as `key.subject_hash` says it."""
    return f"{EXPORTS}{spelled(who)}/"


def part_of(who: int, cursor: str) -> str:
    """Where the records are gathered that a search found in its step from a cursor on."""
    return f"{folder_of(who)}after_{cursor.replace('/', '_')}{PART}"


def read_key(key: str) -> tuple[str, str]:
    """Whose folder an object lies in, as `key.spelled` says it, and its name there."""
    who, _, name = key.removeprefix(EXPORTS).partition("/")
    return who, name


def of_state(state: UserState, vocabulary: Vocabulary) -> dict[str, Any]:
    """All that a user state says. item_key: 64 bits of a hash of the item's id, as hex."""
    name = vocabulary.name
    return {
        "events": {name(code): count for code, count in sorted(state.counts.items())},
        "first_ms": state.first_ms, "last_ms": state.last_ms,
        "history": [{"item_key": f"{e.item:016x}", "type": name(e.type), "at_ms": e.at_ms,
                     "value": e.value} for e in state.history],
    }


def of_record(record: Record) -> dict[str, Any]:
    """One record of the log, as it is written there."""
    return {"shard": record.position.shard_id, "sequence": str(record.position.sequence),
            **to_document(record.batch)}
