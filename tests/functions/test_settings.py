"""What each function must be told: written by infra, read by the handler."""

import pytest

from functions.environment import SettingsError
from functions.settings import BY_VERB, IngestEvents

VERBS = pytest.mark.parametrize("verb", BY_VERB)


@VERBS
def test_what_is_written_is_read_back(verb: str) -> None:
    kind = BY_VERB[verb]
    told = kind(**{name: f"a {name}" for name in kind.names()})

    read = kind.from_env({**told.to_env(), "HEADWATER_OF_ANOTHER": "x", "PATH": "/bin"})

    assert read == told


@pytest.mark.parametrize("verb", [verb for verb, kind in BY_VERB.items() if kind.names()])
def test_every_missing_name_is_told_at_once(verb: str) -> None:
    kind = BY_VERB[verb]

    with pytest.raises(SettingsError) as raised:
        kind.from_env({})

    assert all(f"HEADWATER_{name.upper()}" in str(raised.value) for name in kind.names())


def test_what_is_there_is_not_called_missing() -> None:
    with pytest.raises(SettingsError) as raised:
        IngestEvents.from_env({"HEADWATER_STREAM_NAME": "s", "HEADWATER_EVENT_TYPES": "[]"})

    assert str(raised.value) == (
        "IngestEvents needs HEADWATER_ALLOWED_ORIGIN, HEADWATER_TOKENS_REQUIRED, "
        "HEADWATER_USERS_TABLE, HEADWATER_DEBUG_SAMPLE")


def test_a_name_means_the_same_in_every_function() -> None:
    variables = [name for kind in BY_VERB.values() for name in kind(
        **{name: name for name in kind.names()}).to_env()]

    assert all(name.startswith("HEADWATER_") for name in variables)
    assert "HEADWATER_USERS_TABLE" in variables


def test_settings_are_whole_equal_by_what_they_say_and_never_change() -> None:
    told = {"stream_name": "s", "users_table": "u", "event_types": "[]", "debug_sample": "0",
            "allowed_origin": "*", "tokens_required": "false"}
    one = IngestEvents(**told)

    assert one == IngestEvents(**told)
    assert hash(one) == hash(IngestEvents(**told))
    assert one != IngestEvents(**{**told, "stream_name": "t"})
    with pytest.raises(TypeError, match="IngestEvents has the fields"):
        IngestEvents(**{**told, "shards": "2"})
    with pytest.raises(AttributeError):
        one.stream_name = "t"  # type: ignore[misc]
