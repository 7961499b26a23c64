"""Personalize's files are read by their schemas; a bad row is named and left out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import Vocabulary
from local.collection import Collection, CollectionError
from local.personalize_data import Field, Source, fields_of, read

FIELDS: dict[str, Any] = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
GOOD = "ann,i1,1700000000"


def source(
    folder: Path, name: str, fields: dict[str, Any], rows: Sequence[str], **more: Any
) -> Source:
    schema = {"type": "record", "name": name, "version": "1.0", "fields": [
        {"name": field, "type": kind, **more.get(field, {})} for field, kind in fields.items()]}
    found = Source(folder / f"{name}.csv", folder / f"{name}.json")
    found.rows.write_text("\n".join([",".join(fields), *rows]) + "\n", encoding="utf-8")
    found.schema.write_text(json.dumps(schema))
    return found


def interactions(
    folder: Path, fields: dict[str, Any], *rows: str, types: dict[str, str] | None = None
) -> Collection:
    found = source(folder, "Interactions", FIELDS | fields, rows)
    return read(found, None, None, Vocabulary(), types or {})


def test_an_interaction_is_an_event_with_what_was_shown_and_told(tmp_path: Path) -> None:
    found = interactions(
        tmp_path, {"EVENT_TYPE": "string", "EVENT_VALUE": ["null", "float"],
                   "IMPRESSION": ["null", "string"], "DEVICE": ["null", "string"],
                   "EVENT_ATTRIBUTION_SOURCE": ["null", "string"]},
        f"{GOOD},Click,4.5,i1|i2,phone,mail", f"{GOOD},view,,,,")

    first, *shown, last = sorted(found.events["ann"], key=lambda e: e["type"])
    assert first.pop("event_id")
    assert first == {"type": "click", "item_id": "i1", "at": 1_700_000_000_000, "value": 4.5,
                     "context": {"DEVICE": "phone", "eventAttributionSource": "mail"}}
    assert [event["item_id"] for event in shown] == ["i1", "i2"]
    assert set(last) == {"event_id", "type", "item_id", "at"}
    assert found.items == [{"item_id": "i1"}, {"item_id": "i2"}]
    assert found.problems == []


@pytest.mark.parametrize(("row", "reason"), [
    ("ann,i1,", "TIMESTAMP is empty, and its schema knows no null"),
    ("ann,i1,yesterday", "TIMESTAMP 'yesterday' is no long"),
    ("ann,i1,1700000000000", "TIMESTAMP must be in seconds"), ("~a,i1,1", "USER_ID must hold"),
    ("ann,,1", "ITEM_ID is empty"), ("ann,i1,1,x", "more values than the header has"),
    ("ann,i1", "fewer values than the header has"), ("ann,a\tb,1", "event: item_id must hold")])
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str, reason: str) -> None:
    found = interactions(tmp_path, {}, GOOD, row, GOOD.replace("i1", "i2"))

    assert [problem.partition(": ")[0] for problem in found.problems] == ["Interactions.csv line 3"]
    assert reason in found.problems[0]
    assert found.count() == 2


def test_a_type_that_is_unknown_here_is_a_problem_until_it_is_given_a_name(tmp_path: Path) -> None:
    rows = (f"{GOOD},Watch", f"{GOOD},click")

    unknown = interactions(tmp_path, {"EVENT_TYPE": "string"}, *rows)
    named = interactions(tmp_path, {"EVENT_TYPE": "string"}, *rows, types={"Watch": "view"})

    assert "EVENT_TYPE 'Watch' must be one of view" in unknown.problems[0]
    assert {event["type"] for event in named.events["ann"]} == {"view", "click"}


def test_what_was_shown_is_held_to_the_same_rules(tmp_path: Path) -> None:
    found = interactions(tmp_path, {"IMPRESSION": "string"}, f"{GOOD},i2", f"{GOOD},{'x' * 300}")

    assert "line 3: impression: item_id must have at most 256" in found.problems[0]


def test_items_and_users_are_read_by_their_schemas(tmp_path: Path) -> None:
    items = source(tmp_path, "Items", {
        "ITEM_ID": "string", "GENRES": ["null", "string"], "PRICE": ["null", "double"],
        "SYNOPSIS": ["null", "string"], "ADULT": "boolean", "CREATION_TIMESTAMP": "long"},
        ["i1,Drama|War,9.5,Long ago,true,1600000000", "i2,,,,false,1600000001",
         "i3,,nan,,true,1", "i4,,,,True,1", "i5,,-1,,true,1"], SYNOPSIS={"textual": True})
    users = source(tmp_path, "Users", {"USER_ID": "string", "LANGUAGE": "string", "AGE": "int"},
                   ["ann,de,30", "bob,en,old", f"eve,{'x' * 99},1", f"{'u' * 200},en,1"])
    events = source(tmp_path, "Interactions", FIELDS, [GOOD])

    found = read(events, items, users, Vocabulary(), {})

    assert found.items == [
        {"item_id": "i1", "categories": ["Drama", "War"], "price": 9.5, "description": "Long ago",
         "attributes": {"GENRES": "Drama|War", "ADULT": True, "CREATION_TIMESTAMP": 1600000000}},
        {"item_id": "i2", "attributes": {"ADULT": False, "CREATION_TIMESTAMP": 1600000001}}]
    assert found.users == {"ann": {"language": "de", "attributes": {"AGE": 30}}}
    assert [problem.partition(": ")[2].partition(" ")[0] for problem in found.problems] == [
        "PRICE", "ADULT", "price", "AGE", "language", "USER_ID"]


def test_an_id_that_the_schema_lets_be_null_is_missed(tmp_path: Path) -> None:
    items = source(tmp_path, "Items", {"ITEM_ID": ["null", "string"], "A": "string"}, [",x"])
    events = source(tmp_path, "Interactions", FIELDS, [GOOD])

    assert read(events, items, None, Vocabulary(), {}).problems == [
        "Items.csv line 2: ITEM_ID is missing"]


def test_the_same_row_has_the_same_id_wherever_it_stands(tmp_path: Path) -> None:
    once = interactions(tmp_path, {}, GOOD)
    again = interactions(tmp_path, {}, GOOD.replace("i1", "i9"), GOOD)

    assert once.events["ann"][0] in again.events["ann"]


def test_a_header_that_is_not_the_schemas_is_refused(tmp_path: Path) -> None:
    found = source(tmp_path, "Interactions", FIELDS, [GOOD])
    found.rows.write_text(f"USER_ID,ITEM_ID,WHEN\n{GOOD}\n")

    with pytest.raises(CollectionError, match=r"differ in TIMESTAMP, WHEN"):
        read(found, None, None, Vocabulary(), {})


@pytest.mark.parametrize("schema", [
    "{", "[]", '{"fields": [{"name": "A", "type": {"type": "array"}}]}',
    '{"fields": [{"name": "A", "type": "bytes"}]}', '{"fields": [{"type": "int"}]}',
    '{"fields": [{"name": "A", "type": ["int", "long"]}]}'])
def test_what_is_no_schema_of_personalize_is_refused(tmp_path: Path, schema: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(schema)

    with pytest.raises(CollectionError, match="no Avro schema of Personalize"):
        fields_of(path)


def test_a_file_that_is_not_there_or_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"no usable row\nInteractions.csv line 2: USER_ID"):
        interactions(tmp_path, {}, ",i1,1")
    found = source(tmp_path, "Interactions", FIELDS, [GOOD])
    found.rows.unlink()
    with pytest.raises(CollectionError, match="No such file"):
        read(found, None, None, Vocabulary(), {})


def test_null_is_read_as_nothing() -> None:
    assert Field("A", "int", nullable=True).read("") is None
