"""Whose a session is: one user's for good, found from either."""

import pytest

from functions.sessions import JoinedError
from functions.transaction import StaleStateError
from functions.users import ErasedError, StoredUser
from tests.functions.faults import client_error
from tests.functions.stage import NOW_MS, Stage


def test_a_session_is_nobodys_until_it_is_joined(stage: Stage) -> None:
    sessions = stage.sessions()
    assert sessions.owner("~visit") == ""

    sessions.join("~visit", "ann")

    assert sessions.owner("~visit") == "ann"
    assert list(sessions.of("ann")) == ["~visit"]
    assert stage.users().get("~visit") == StoredUser(revision=1, owner="ann")


def test_a_user_may_have_many_sessions(stage: Stage) -> None:
    sessions = stage.sessions()
    for n in range(3):
        sessions.join(f"~visit-{n}", "ann")

    assert list(sessions.of("ann")) == ["~visit-0", "~visit-1", "~visit-2"]


def test_joining_again_changes_nothing(stage: Stage) -> None:
    sessions = stage.sessions()
    sessions.join("~visit", "ann")

    sessions.join("~visit", "ann")

    assert list(sessions.of("ann")) == ["~visit"]


def test_a_session_has_no_second_user(stage: Stage) -> None:
    sessions = stage.sessions()
    sessions.join("~visit", "ann")

    with pytest.raises(JoinedError):
        sessions.join("~visit", "bob")

    assert sessions.owner("~visit") == "ann"
    assert list(sessions.of("bob")) == []


@pytest.mark.parametrize("erased", ["ann", "~visit"])
def test_what_is_erased_is_not_joined(stage: Stage, erased: str) -> None:
    stage.users().erase(erased, NOW_MS)

    with pytest.raises(ErasedError):
        stage.sessions().join("~visit", "ann")

    assert list(stage.sessions().of("ann")) == []


def test_what_names_a_session_beside_its_user_can_be_taken_away(stage: Stage) -> None:
    stage.sessions().join("~visit", "ann")

    assert stage.sessions().part("~visit", "ann")

    assert not stage.sessions().part("~visit", "ann")
    assert list(stage.sessions().of("ann")) == []


class Busy:
    """A client in whose way another write always is."""

    def transact_write_items(self, **_: object) -> None:
        error = client_error("TransactionCanceledException", "TransactWriteItems")
        error.response["CancellationReasons"] = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        raise error


def test_who_is_in_the_way_is_no_other_user(stage: Stage) -> None:
    with pytest.raises(StaleStateError):
        stage.sessions(Busy()).join("~visit", "ann")
