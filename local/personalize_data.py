"""Amazon Personalize's data sets -> a collection: CSV files, each read by its Avro schema.

A row that does not fit the schema, or that no door here would take, is a problem with its file,
line and reason; the rest is loaded. An interaction's id is what it says, the same as `PutEvents`
gives it, so that importing twice, or sending what was imported, counts once. All is held in memory.
source: AWS, "Datasets and schemas", "Formatting your input data" (Amazon Personalize).
"""

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from domain.catalog import check_item, check_user
from domain.event import check_event, check_user_id
from domain.personalize_interactions import IMPRESSION, SOURCE, Interaction, known_type
from domain.personalize_metadata import attributes_of, facts_of
from domain.vocabulary import Vocabulary
from local.collection import DEFAULT_TYPE, Collection, CollectionError

MAX_S = 10**11  # the year 5138; what is above it was meant as milliseconds
_KNOWN = ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "IMPRESSION",
          "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE")
Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field:
    """A column. kind: of its values, as Avro calls it; textual: it describes the item in words."""

    name: str
    kind: str
    nullable: bool
    textual: bool = False

    def read(self, text: str) -> Any:
        """A value; None = it says nothing. raises: ValueError, saying what does not fit."""
        if not text:
            if not self.nullable:
                raise ValueError(f"{self.name} is empty, and its schema knows no null")
            return None
        try:
            return _READERS[self.kind](text)
        except ValueError as error:
            raise ValueError(f"{self.name} {text!r:.40} is no {self.kind}") from error


@dataclass(frozen=True)
class Source:
    """A data set: its rows and their schema."""

    rows: Path
    schema: Path


def read(
    interactions: Source, items: Source | None, users: Source | None, vocabulary: Vocabulary,
    types: Mapping[str, str],
) -> Collection:
    """Everything that the files say. types: their names of event types -> ours.

    raises: CollectionError, when a file or schema cannot be read or no interaction is usable.
    """
    found = Collection(interactions.rows.name, {})
    known: dict[str, Row] = {}
    if items:
        known = {item["item_id"]: item for item in _gathered(items, _item, found.problems)}
    if users:
        found.users = dict(_gathered(users, _user, found.problems))

    def interaction(row: Row, _: list[Field]) -> tuple[str, list[Row]]:
        return _events(row, vocabulary, types)

    for user_id, events in _gathered(interactions, interaction, found.problems):
        found.events.setdefault(user_id, []).extend(events)
        for event in events:
            known.setdefault(event["item_id"], {"item_id": event["item_id"]})
    if not found.events:
        raise CollectionError("\n".join([f"{interactions.rows}: no usable row",
                                         *found.problems[:10]]))
    found.items = list(known.values())
    found.sort()
    return found


def fields_of(path: Path) -> list[Field]:
    """The columns of an Avro schema. raises: CollectionError, when it is none of Personalize's."""
    try:
        return [_field(given) for given in json.loads(path.read_text(encoding="utf-8"))["fields"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError(f"{path}: no Avro schema of Personalize: {error!r}") from error


def _field(given: Mapping[str, Any]) -> Field:
    kinds = given["type"] if isinstance(given["type"], list) else [given["type"]]
    (kind,) = (name for name in kinds if name != "null")
    if kind not in _READERS:
        raise ValueError(f"{given['name']} is of type {kind}")
    return Field(str(given["name"]), kind, "null" in kinds, given.get("textual") is True)


def _gathered(
    source: Source, make: Callable[[Row, list[Field]], T], problems: list[str]
) -> Iterator[T]:
    """What is made of each row; those that nothing can be made of become problems."""
    fields = fields_of(source.schema)
    try:
        with source.rows.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            _check_header(source, set(rows.fieldnames or ()), {field.name for field in fields})
            for row in rows:
                try:
                    made = make(_typed(row, fields), fields)
                except ValueError as error:
                    problems.append(f"{source.rows.name} line {rows.line_num}: {error}")
                else:
                    yield made
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CollectionError(f"{source.rows}: {error}") from error


def _check_header(source: Source, columns: set[str], fields: set[str]) -> None:
    if columns != fields:
        raise CollectionError(
            f"{source.rows}: its header and {source.schema.name} differ in "
            f"{', '.join(sorted(map(str, columns ^ fields)))}")


def _typed(row: Mapping[str | None, Any], fields: list[Field]) -> Row:
    if None in row:
        raise ValueError("more values than the header has")
    if None in row.values():
        raise ValueError("fewer values than the header has")
    values = {field.name: field.read(row[field.name]) for field in fields}
    return {name: value for name, value in values.items() if value is not None}


def _events(
    row: Row, vocabulary: Vocabulary, types: Mapping[str, str]
) -> tuple[str, list[Row]]:
    """Whose, and the events of one interaction."""
    user_id = _id(row, "USER_ID")
    if found := check_user_id(user_id, ""):
        raise ValueError(f"USER_ID {found.reason}")
    at_s = row.get("TIMESTAMP")
    if at_s is None or not 0 <= at_s < MAX_S:
        raise ValueError("TIMESTAMP must be in seconds since 1970")
    said = str(row.get("EVENT_TYPE", DEFAULT_TYPE))
    context = {name: value for name, value in row.items() if name not in _KNOWN}
    if "EVENT_ATTRIBUTION_SOURCE" in row:
        context[SOURCE] = row["EVENT_ATTRIBUTION_SOURCE"]
    one = Interaction(
        types.get(said, known_type(said, vocabulary)), _id(row, "ITEM_ID"), int(at_s * 1000),
        row.get("EVENT_VALUE"), context, row.get("RECOMMENDATION_ID"),
        shown=tuple(filter(None, str(row.get("IMPRESSION", "")).split("|"))))
    events = list(one.events(user_id))
    for event in events:
        if found := check_event(event, ""):
            raise ValueError(f"{IMPRESSION if event is not events[0] else 'event'}: "
                             f"{found.field} {found.reason}")
    if one.type not in vocabulary.by_name:
        raise ValueError(f"EVENT_TYPE {said!r} must be one of {', '.join(vocabulary.by_name)}, "
                         "or be given a name by --event-type")
    return user_id, events


def _item(row: Row, fields: list[Field]) -> Row:
    item_id = _id(row, "ITEM_ID")
    told = {name: value for name, value in row.items() if name != "ITEM_ID"}
    for field in fields:
        if field.textual and field.name in told and "DESCRIPTION" not in told:
            told["DESCRIPTION"] = told.pop(field.name)
    facts = facts_of(item_id, told)
    if found := check_item(facts, ""):
        raise ValueError(f"{found.field} {found.reason}")
    return facts


def _user(row: Row, _: list[Field]) -> tuple[str, Row]:
    user_id = _id(row, "USER_ID")
    attributes = attributes_of({n: value for n, value in row.items() if n != "USER_ID"})
    if found := check_user_id(user_id, "USER_ID") or check_user(attributes, ""):
        raise ValueError(f"{found.field} {found.reason}")
    return user_id, attributes


def _id(row: Row, name: str) -> str:
    if name not in row:
        raise ValueError(f"{name} is missing")
    return str(row[name])


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text == "true"


_READERS: dict[str, Callable[[str], Any]] = {
    "string": str, "int": int, "long": int, "float": _number, "double": _number,
    "boolean": _truth}
