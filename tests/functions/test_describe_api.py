"""Anybody may read what the API takes and answers; it is made once."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from functions.api import JSON, Text
from functions.describe_api import Adapters, respond
from tests.functions.stage import OPEN, Stage, proxy_event

GIVEN = Adapters(Text(JSON, '{"openapi":"3.1.0"}'), Text("text/html; charset=utf-8", "<p>"), OPEN)


def ask(path: str, **headers: str) -> Any:
    return respond(proxy_event("GET", path) | {"headers": headers}, GIVEN)


@pytest.mark.parametrize(("path", "media", "body"), [
    ("/openapi.json", "application/json", '{"openapi":"3.1.0"}'),
    ("/docs", "text/html; charset=utf-8", "<p>")])
def test_it_is_told_for_programs_and_for_people(path: str, media: str, body: str) -> None:
    found = ask(path)

    assert (found["statusCode"], found["body"]) == (200, body)
    assert found["headers"]["Content-Type"] == media


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_who_has_read_it_is_not_told_again(path: str) -> None:
    first = ask(path)["headers"]

    assert first["Cache-Control"] == "public, max-age=3600"
    assert ask(path, **{"If-None-Match": first["ETag"]})["statusCode"] == 304


def test_a_deployment_describes_itself(stage: Stage) -> None:
    found = stage.call("GET", "/openapi.json").body

    validate(found)
    assert found["paths"]["/events"]["post"]["security"] == [{"key": []}]


def test_the_page_is_made_of_the_document(stage: Stage) -> None:
    answered = stage.cloud.by_verb["describe_api"].invoke(proxy_event("GET", "/docs"))

    assert answered["body"].startswith("<!doctype html>")
    assert json.dumps(answered["headers"]).count("text/html") == 1
