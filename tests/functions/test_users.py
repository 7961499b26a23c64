"""User states under concurrent writers, and what erasure leaves."""

import pytest
from botocore.exceptions import ClientError

from domain.features import EMPTY, fold
from domain.packing import PackingError
from functions.users import StaleStateError, StoredUser, Users
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, VOCABULARY, Stage, record

STATE = fold(EMPTY, record(1, "user-1", "a", "b"), VOCABULARY)
LATER = fold(STATE, record(2, "user-1", "c"), VOCABULARY)


def test_nobody_is_known_before_the_first_event(stage: Stage) -> None:
    assert stage.users().get("user-1") == StoredUser(EMPTY, 0, False)
    assert not stage.users().is_erased("user-1")
    assert stage.users().get_attributes("user-1") == {}


def test_a_state_is_read_as_it_was_written(stage: Stage) -> None:
    users = stage.users()

    users.put("user-1", STATE, StoredUser())

    assert users.get("user-1") == StoredUser(STATE, 1, False)
    assert users.get("user-2") == StoredUser()


def test_a_state_is_written_only_over_the_one_that_was_seen(stage: Stage) -> None:
    users = stage.users()
    users.put("user-1", STATE, StoredUser())
    seen = users.get("user-1")
    users.put("user-1", LATER, seen)

    with pytest.raises(StaleStateError) as raised:
        users.put("user-1", STATE, seen)

    assert users.get("user-1").state == LATER
    assert "user-1" not in repr(raised.value)


def test_two_first_writers_do_not_both_win(stage: Stage) -> None:
    users = stage.users()
    users.put("user-1", STATE, StoredUser())

    with pytest.raises(StaleStateError):
        users.put("user-1", LATER, StoredUser())


def test_a_busy_table_is_no_conflict(stage: Stage) -> None:
    users = stage.users(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        users.put("user-1", STATE, StoredUser())


def test_erasure_takes_state_and_attributes_and_leaves_a_mark(stage: Stage) -> None:
    users = stage.users()
    users.put("user-1", STATE, StoredUser())
    users.put_attributes("user-1", {"segment": "new"})

    users.erase("user-1", NOW_MS)

    assert users.is_erased("user-1")
    assert users.get("user-1") == StoredUser(EMPTY, 2, True)
    assert users.get_attributes("user-1") == {}
    rows = stage.client("dynamodb").scan(TableName=stage.setting("users_table"))["Items"]
    assert rows == [{"subject": {"S": "user-1"}, "part": {"S": "state"},
                     "erased_ms": {"N": str(NOW_MS)}, "revision": {"N": "2"}}]


def test_a_writer_that_read_before_the_erasure_is_refused(stage: Stage) -> None:
    users = stage.users()
    seen = users.get("user-1")
    users.erase("user-1", NOW_MS)

    with pytest.raises(StaleStateError):
        users.put("user-1", STATE, seen)

    assert users.get("user-1").erased


def test_who_is_erased_twice_is_erased(stage: Stage) -> None:
    users = stage.users()
    users.erase("user-1", NOW_MS)

    users.erase("user-1", NOW_MS + 1)

    assert users.get("user-1") == StoredUser(EMPTY, 2, True)


def test_every_row_says_whose_it_is_and_whether_it_is_a_mark(stage: Stage) -> None:
    users = stage.users()
    users.erase("erased", NOW_MS)
    users.put_attributes("told-of", {"segment": "new"})
    for subject in ("active", "told-of"):
        users.put(subject, STATE, StoredUser())

    assert sorted(users.rows()) == [
        ("active", False), ("erased", True), ("told-of", False), ("told-of", False)]


def test_attributes_are_replaced_whole(stage: Stage) -> None:
    users = stage.users()
    users.put_attributes("user-1", {"segment": "new", "attributes": {"größe": 1.5}})

    kept = users.put_attributes("user-1", {"language": "日本語"})

    assert kept
    assert users.get_attributes("user-1") == {"language": "日本語"}
    assert users.get("user-1") == StoredUser()


class EraserBeforePut:
    """A client whose user is erased in the moment before attributes are written."""

    def __init__(self, stage: Stage) -> None:
        self._client = stage.client("dynamodb")
        self._others = stage.users()

    def __getattr__(self, name: str) -> object:
        if name == "put_item":
            self._others.erase("user-1", NOW_MS)
        return getattr(self._client, name)


def test_attributes_written_during_an_erasure_do_not_outlive_it(stage: Stage) -> None:
    users = stage.users(EraserBeforePut(stage))

    kept = users.put_attributes("user-1", {"segment": "new"})

    assert not kept
    assert users.get_attributes("user-1") == {}


def test_a_damaged_state_is_told_and_not_taken_for_a_new_user(stage: Stage) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "state": {"B": b"\x09damaged"},
        "revision": {"N": "4"}})

    with pytest.raises(PackingError):
        stage.users().get("user-1")

    assert not stage.users().is_erased("user-1")


def test_a_table_opens_its_own_client(stage: Stage) -> None:
    users = Users(stage.setting("users_table"))

    users.put("user-1", STATE, StoredUser())

    assert stage.state("user-1") == STATE


def test_who_only_looks_reads_no_state(stage: Stage) -> None:
    users = stage.users()
    users.put("user-1", STATE, StoredUser())
    users.erase("user-2", NOW_MS)

    seen = [users.look(f"user-{n}") for n in range(3)]

    assert seen == [StoredUser(), StoredUser(EMPTY, 1), StoredUser(EMPTY, 1, True)]
