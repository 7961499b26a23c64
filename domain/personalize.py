"""Amazon Personalize's own words: its errors, its ARNs, its column names, its JSON within JSON.

What callers of Personalize send is translated by `personalize_interactions`, `personalize_metadata`
and `personalize_lists` into the documents that this deployment's own doors take, which check it.
Every field is honoured there or refused by name; none is dropped.
source: botocore's service models personalize-events and personalize-runtime, of 2018.
"""

import json
import re
from typing import Any

from domain.schema import Check

STRING_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
ITEM_ID_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 256}
ARN_SCHEMA: dict[str, Any] = {
    "type": "string", "maxLength": 256, "pattern": r"^arn:([a-z\d-]+):personalize:.*:.*:.+$",
    "description": "must be an ARN of Personalize, such as arn:aws:personalize:::campaign/for-you",
}

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class PersonalizeError(ValueError):
    """The sender is wrong. code, status: of the exception that Personalize's clients raise."""

    code = "InvalidInputException"
    status = 400


class NotFoundError(PersonalizeError):
    """An ARN names what is not here."""

    code = "ResourceNotFoundException"
    status = 404


def approve(check: Check, body: Any) -> None:
    """Hold a body against its schema. raises: PersonalizeError, naming the field."""
    if found := check(body, ""):
        raise PersonalizeError(f"{found.field or 'the body'} {found.reason}")


def named(arn: str) -> str:
    """What an ARN names: its last part."""
    return re.split(r"[:/]", arn)[-1]


def column(name: str) -> str:
    """A property's column: creationTimestamp and CREATION_TIMESTAMP are the one CREATION_TIMESTAMP.

    source: AWS, "Importing items individually" (Amazon Personalize).
    """
    return _WORD.sub("_", name).upper()


def properties_of(text: str, field: str) -> dict[str, Any]:
    """The map in a JSON string; null says nothing, and is left out.

    raises: PersonalizeError.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PersonalizeError(f"{field} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise PersonalizeError(f"{field} must be a JSON object")
    return {name: value for name, value in found.items() if value is not None}
