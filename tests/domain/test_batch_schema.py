"""What a batch may be asked for, and that its schemas are JSON Schema."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain import batch_schema
from domain.ask_schema import ASK_SCHEMA
from domain.batch_schema import BULK_ASK_SCHEMA, MAX_LISTED, check_batch

ALL = [name for name, value in vars(batch_schema).items()
       if name.isupper() and isinstance(value, dict) and not name.startswith("_")]


@pytest.mark.parametrize("name", ALL)
def test_it_is_described_in_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(getattr(batch_schema, name))


@pytest.mark.parametrize("body", [
    {}, {"name": "mails", "ask": {"k": 5, "filter": "price < 3"}}, {"users": ["ann", "~visit"]},
    {"sessions": True}])
def test_a_batch_is_taken(body: dict[str, Any]) -> None:
    assert check_batch(body, "") is None


@pytest.mark.parametrize(("body", "field"), [
    ({"ask": {"cursor": "AQ"}}, "ask.cursor"), ({"ask": {"recent": ["a"]}}, "ask.recent"),
    ({"ask": {"k": 0}}, "ask.k"), ({"users": []}, "users"), ({"users": ["a\n"]}, "users[0]"),
    ({"users": ["a"] * (MAX_LISTED + 1)}, "users"), ({"user": ["a"]}, "user"), ([], "")])
def test_what_is_wrong_is_named(body: Any, field: str) -> None:
    found = check_batch(body, "")

    assert found is not None
    assert found.field == field


def test_but_for_what_is_one_users_all_may_be_asked_for() -> None:
    assert set(ASK_SCHEMA["properties"]) - set(BULK_ASK_SCHEMA["properties"]) == {
        "cursor", "recent"}
