"""A key opens while its owner lets it, and is not read at every call."""

import pytest

from functions.aws import WorldError
from functions.keys import FORGIVEN_S, LOOK_S
from tests.functions.faults import client_error
from tests.functions.key_store import KEY, KeyStore, one_key


@pytest.mark.parametrize(("value", "opens"), [
    (KEY, True), (KEY + "x", False), (KEY[:-1], False), ("", False), ("ключ", False)])
def test_only_the_key_itself_opens(value: str, opens: bool) -> None:
    assert one_key().holds(value, 0) is opens


def test_the_key_is_asked_for_by_its_id_with_its_value() -> None:
    store = KeyStore()

    one_key(store).holds(KEY, 0)

    assert store.asked == [{"apiKey": "id-1", "includeValue": True}]


def test_the_key_is_read_again_after_a_while_and_not_before() -> None:
    store = KeyStore()
    key = one_key(store)

    for now_s in (0, LOOK_S - 1, LOOK_S):
        key.holds("wrong", now_s)

    assert len(store.asked) == 2


def test_a_key_that_its_owner_switched_off_opens_nothing() -> None:
    store = KeyStore()
    key = one_key(store)
    key.holds(KEY, 0)
    store.enabled = False

    assert not key.holds(KEY, LOOK_S)


def test_a_key_that_cannot_be_read_again_stays_as_it_was() -> None:
    store = KeyStore()
    key = one_key(store)
    key.holds(KEY, 0)
    store.fails = client_error("TooManyRequestsException", "get_api_key")

    assert key.holds(KEY, LOOK_S)


def test_a_key_that_is_gone_opens_nothing_and_is_not_asked_for_at_every_call() -> None:
    store = KeyStore()
    key = one_key(store)
    key.holds(KEY, 0)
    store.fails = client_error("NotFoundException", "get_api_key")

    assert [key.holds(KEY, now_s) for now_s in (LOOK_S, LOOK_S + 1)] == [False, False]
    assert len(store.asked) == 2


def test_a_key_that_cannot_be_read_again_stays_as_it_was_for_an_hour_at_most() -> None:
    store = KeyStore()
    key = one_key(store)
    key.holds(KEY, 0)
    store.fails = client_error("AccessDeniedException", "get_api_key")

    assert key.holds(KEY, FORGIVEN_S - 1)  # and no look then forgives anew
    with pytest.raises(WorldError):
        key.holds(KEY, FORGIVEN_S)


def test_a_key_that_is_read_again_after_a_failure_opens_as_before() -> None:
    store = KeyStore()
    key = one_key(store)
    key.holds(KEY, 0)
    store.fails = client_error("TooManyRequestsException", "get_api_key")
    key.holds(KEY, FORGIVEN_S - 1)
    store.fails = None

    assert key.holds(KEY, FORGIVEN_S)
    assert key.holds(KEY, FORGIVEN_S + LOOK_S)


def test_while_nobody_can_tell_the_key_nothing_opens() -> None:
    store = KeyStore()
    store.fails = client_error("TooManyRequestsException", "get_api_key")

    with pytest.raises(WorldError):
        one_key(store).holds(KEY, 0)
