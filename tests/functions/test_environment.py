"""Settings and variables of the environment, both ways."""

from dataclasses import dataclass

import pytest

from functions.environment import Settings, SettingsError


@dataclass(frozen=True)
class Lamp(Settings):
    """Two fields."""

    colour: str
    switched_on: str


def test_a_field_is_a_variable_of_its_name() -> None:
    told = Lamp("red", "true").to_env()

    assert told == {"HEADWATER_COLOUR": "red", "HEADWATER_SWITCHED_ON": "true"}
    assert Lamp.from_env(told) == Lamp("red", "true")


def test_a_verb_is_called_as_its_settings_are() -> None:
    assert Lamp.verb() == "lamp"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match="Lamp needs HEADWATER_SWITCHED_ON"):
        Lamp.from_env({"HEADWATER_COLOUR": "red"})
