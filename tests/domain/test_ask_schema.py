"""The schemas of requests say what can be said of them; the rest is for the parser."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain import ask_schema
from domain.ask_schema import RULE_PROPERTIES, check_ask, check_slates

ALL = {name: schema for name, schema in vars(ask_schema).items() if name.endswith("_SCHEMA")}


@pytest.mark.parametrize("name", ALL)
def test_a_request_is_described_in_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(ALL[name])


@pytest.mark.parametrize("name", RULE_PROPERTIES)
def test_what_a_list_may_be_asked_for_is_explained(name: str) -> None:
    assert RULE_PROPERTIES[name]["description"]


@pytest.mark.parametrize(("weight", "is_one"), [
    ("price", True), ("updated_days", True), ("attributes.margin", True), ("prices", False),
    ("price\n", False), ("attributes", False), ("", False)])
def test_a_weight_is_of_something_that_has_a_number(weight: str, is_one: bool) -> None:
    assert (check_ask({"weights": {weight: 1}}, "") is None) is is_one


@pytest.mark.parametrize(("quota", "field"), [
    ({"at_least": 1}, None), ({"at_most": 0}, None), ({}, "quotas[0].at_least")])
def test_a_quota_asks_for_something(quota: dict[str, Any], field: str | None) -> None:
    found = check_ask({"quotas": [{"filter": "available", **quota}]}, "")

    assert (found and found.field) == field


def test_slates_are_for_somebody() -> None:
    found = check_slates({"placements": [{"name": "top"}]}, "")

    assert found is not None
    assert (found.field, found.reason) == ("user_id", "is required, or session_id")
