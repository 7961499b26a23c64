"""Answers' schemas allow what the code makes; real answers are held to them in tests/flow."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain import answers
from domain.ranking import Candidate, Part
from domain.ranking import reasons as reasons_of
from domain.schema import compile_schema

ALL = {name: schema for name, schema in vars(answers).items()
       if name.isupper() and not name.startswith("_") and isinstance(schema, dict)}


@pytest.mark.parametrize("name", ALL)
def test_an_answer_is_described_in_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(ALL[name])


def test_a_reason_is_what_rankings_give() -> None:
    candidate = Candidate(1, 1.0, (Part("taste", 0.6, (1,)), Part("popular", 0.4)))

    for reason in reasons_of(candidate, lambda key: f"i{key}"):
        Draft202012Validator(answers.REASON).validate(reason)


@pytest.mark.parametrize(("version", "is_one"), [
    ("0123456789abcdef", True), ("0123456789abcde", False), ("0123456789ABCDEF", False),
    ("0123456789abcdef\n", False)])
def test_a_version_is_named_as_the_shelf_names_it(version: Any, is_one: bool) -> None:
    check = compile_schema(answers.POINTER_SCHEMA)

    assert (check({"version": version}, "") is None) is is_one
