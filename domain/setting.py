"""A setting that is JSON: read where it is used, refused in the words of its schema.

Each setting has an error of its own, whose message begins with the setting's name.
"""

import json
from typing import Any

from domain.schema import Check


def decoded(name: str, text: str, error: type[ValueError]) -> Any:
    """What a setting says. raises: `error`, when it is no JSON."""
    try:
        return json.loads(text)
    except ValueError as damage:
        raise error(f"{name}: {damage}") from damage


def hold(name: str, said: Any, check: Check, error: type[ValueError]) -> None:
    """Hold a setting against its schema. raises: `error`, naming what is wrong."""
    if found := check(said, name):
        raise error(f"{name}: {found.field} {found.reason}")
