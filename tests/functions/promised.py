"""What the description of the API says of an answer, held against a real one."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from domain.document import describe
from domain.vocabulary import Vocabulary


@cache
def document() -> dict[str, Any]:
    """As it is served, but with closed objects: a field that nobody described is found."""
    made = describe(Vocabulary(), tokens_required=False, api="rest")
    return dict(json.loads(json.dumps(closed(made))))


def closed(part: Any) -> Any:
    """The same, objects with known fields having no others."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    kept = {name: closed(one) for name, one in part.items()}
    is_object = part.get("type") == "object" and "properties" in part
    return {"additionalProperties": False, **kept} if is_object else kept


@cache
def operation(method: str, path: str) -> dict[str, Any]:
    """What is said of one route."""
    return dict(document()["paths"][path][method.lower()])


@cache
def answers(method: str, path: str, status: int) -> Draft202012Validator:
    """What a route may answer with a status."""
    responses = operation(method, path)["responses"]
    found = responses.get(str(status)) or responses[f"{status // 100}XX"]
    return within(found["content"]["application/json"]["schema"])


@cache
def takes(method: str, path: str) -> Draft202012Validator:
    """What a route takes as its body."""
    body = operation(method, path)["requestBody"]
    return within(body["content"]["application/json"]["schema"])


def within(schema: Mapping[str, Any]) -> Draft202012Validator:
    """A validator of a schema that refers to others of the document."""
    return Draft202012Validator({"components": document()["components"], **schema})


def hold(method: str, path: str, status: int, body: Any) -> None:
    """Raises, when a route answered what its description does not know."""
    answers(method, path, status).validate(body)
