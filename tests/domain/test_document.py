"""The document is valid OpenAPI, the same for the same deployment, and says what differs."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from domain.ask_schema import MAX_K
from domain.document import IN_PATH, VERSION, describe
from domain.event import EVENT_SCHEMA, SESSION_ID_SCHEMA
from domain.routes import ROUTES
from domain.schema import compile_schema
from domain.vocabulary import EventType, Vocabulary

ROOT = Path(__file__).parents[2]


def document(
    *, declared: tuple[EventType, ...] = (), tokens_required: bool = False, api: str = "rest"
) -> dict[str, Any]:
    made = describe(Vocabulary(declared), tokens_required=tokens_required, api=api)
    return dict(json.loads(json.dumps(made)))


def operations(found: dict[str, Any]) -> dict[str, Any]:
    return {f"{method.upper()} {path}": operation for path, methods in found["paths"].items()
            for method, operation in methods.items()}


@pytest.mark.parametrize("tokens_required", [True, False])
@pytest.mark.parametrize("api", ["rest", "http"])
def test_it_is_openapi(tokens_required: bool, api: str) -> None:
    validate(document(tokens_required=tokens_required, api=api))


def test_it_is_the_same_every_time() -> None:
    assert json.dumps(document()) == json.dumps(document())


def test_it_holds_every_route_and_no_other() -> None:
    assert set(operations(document())) == {route.key for route in ROUTES}


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [operation["operationId"] for operation in operations(document()).values()]

    assert len(set(ids)) == len(ids)


def test_its_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"].partition(".dev")[0] == VERSION


def test_an_event_may_be_of_the_types_that_the_deployment_knows() -> None:
    found = document(declared=(EventType("share", 64, 2.0),))

    named = found["components"]["schemas"]["EventType"]["enum"]
    assert {"click", "share"} <= set(named)
    assert "enum" not in EVENT_SCHEMA["properties"]["type"]


@pytest.mark.parametrize(("tokens_required", "asked"), [
    (False, [{"key": []}]), (True, [{"key": [], "token": []}])])
def test_a_call_about_a_user_needs_a_token_where_tokens_are_asked_for(
    tokens_required: bool, asked: list[Any]
) -> None:
    found = operations(document(tokens_required=tokens_required))

    assert found["GET /users/{user_id}"]["security"] == asked
    assert found["GET /trending"]["security"] == [{"key": []}]
    assert found["GET /models"]["security"] == [{"signature": []}]
    assert found["GET /docs"]["security"] == []


def test_an_http_api_refuses_in_words_of_its_own() -> None:
    rest, http = (operations(document(api=api))["GET /trending"]["responses"]
                  for api in ("rest", "http"))

    assert "$ref" in rest["403"]["content"]["application/json"]["schema"]
    assert "anyOf" in http["403"]["content"]["application/json"]["schema"]
    assert ("401" in rest, "401" in http) == (False, True)


def test_a_parameter_is_told_with_its_bounds_and_its_default() -> None:
    found = operations(document())["GET /users/{user_id}/recommendations"]["parameters"]

    by_name = {one["name"]: one["schema"] for one in found}
    assert by_name["k"] == {"type": "integer", "minimum": 1, "maximum": MAX_K, "default": 10}
    assert "default" not in by_name["recent"]


@pytest.mark.parametrize(("user_id", "is_one"), [
    ("ann", True), ("~visit", True), ("~", False), ("", False), ("u" * 129, False),
    ("~" + "s" * SESSION_ID_SCHEMA["maxLength"], True),
    ("~" + "s" * (SESSION_ID_SCHEMA["maxLength"] + 1), False), ("~a\n", False)])
def test_a_path_names_a_user_or_a_session(user_id: str, is_one: bool) -> None:
    assert (compile_schema(IN_PATH["user_id"])(user_id, "") is None) is is_one
