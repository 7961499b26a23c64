from dataclasses import dataclass

import pytest

from functions.environment import Settings, SettingsError


@dataclass(frozen=True)
class Two(Settings):
    first: str
    second_s: str


def test_a_setting_is_named_after_its_field() -> None:
    assert Two("a", "1").to_env() == {"HEADWATER_FIRST": "a", "HEADWATER_SECOND_S": "1"}


def test_it_is_read_as_it_was_written() -> None:
    assert Two.from_env({**Two("a", "1").to_env(), "PATH": "/bin"}) == Two("a", "1")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^Two needs HEADWATER_SECOND_S$"):
        Two.from_env({"HEADWATER_FIRST": "a"})
