"""What each function must be told: written by infra, read by the handler."""

from dataclasses import fields

import pytest

from functions.environment import SettingsError
from functions.settings import BY_VERB, IngestEvents

VERBS = pytest.mark.parametrize("verb", BY_VERB)


@VERBS
def test_what_is_written_is_read_back(verb: str) -> None:
    kind = BY_VERB[verb]
    told = kind(**{field.name: f"a {field.name}" for field in fields(kind)})

    read = kind.from_env({**told.to_env(), "HEADWATER_OF_ANOTHER": "x", "PATH": "/bin"})

    assert read == told


@VERBS
def test_every_missing_name_is_told_at_once(verb: str) -> None:
    kind = BY_VERB[verb]

    with pytest.raises(SettingsError) as raised:
        kind.from_env({})

    assert all(f"HEADWATER_{field.name.upper()}" in str(raised.value) for field in fields(kind))


def test_what_is_there_is_not_called_missing() -> None:
    with pytest.raises(SettingsError) as raised:
        IngestEvents.from_env({"HEADWATER_STREAM_NAME": "s", "HEADWATER_EVENT_TYPES": "[]"})

    assert str(raised.value) == (
        "IngestEvents needs HEADWATER_ALLOWED_ORIGIN, HEADWATER_TOKENS_REQUIRED, "
        "HEADWATER_USERS_TABLE, HEADWATER_DEBUG_SAMPLE")


def test_a_name_means_the_same_in_every_function() -> None:
    variables = [name for kind in BY_VERB.values() for name in kind(
        **{field.name: field.name for field in fields(kind)}).to_env()]

    assert all(name.startswith("HEADWATER_") for name in variables)
    assert "HEADWATER_USERS_TABLE" in variables
