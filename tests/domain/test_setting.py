"""Settings that are JSON."""

import pytest

from domain.schema import compile_schema
from domain.setting import decoded, hold

CHECK = compile_schema({"type": "array", "items": {"type": "integer"}})


class WrongError(ValueError):
    """Of the setting under test."""


def test_what_is_no_json_is_refused_under_the_settings_name() -> None:
    assert decoded("sizes", "[1]", WrongError) == [1]
    with pytest.raises(WrongError, match=r"^sizes: Expecting value"):
        decoded("sizes", "[", WrongError)


def test_what_the_schema_refuses_is_named() -> None:
    hold("sizes", [1], CHECK, WrongError)
    with pytest.raises(WrongError, match=r"^sizes: sizes\[1\] must be"):
        hold("sizes", [1, "2"], CHECK, WrongError)
