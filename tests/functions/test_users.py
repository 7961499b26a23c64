"""User states under concurrent writers, and what erasure leaves."""

import pytest
from botocore.exceptions import ClientError

from domain.features import EMPTY, fold
from domain.key import subject_hash
from domain.packing import PackingError
from functions.transaction import StaleStateError
from functions.users import BATCH_GET, Change, ErasedError, StoredUser, Users
from tests.functions.faults import Faulty, Unprocessing
from tests.functions.stage import NOW_MS, VOCABULARY, Stage, record

STATE = fold(EMPTY, record(1, "user-1", "a", "b"), VOCABULARY)
LATER = fold(STATE, record(2, "user-1", "c"), VOCABULARY)


def test_nobody_is_known_before_the_first_event(stage: Stage) -> None:
    assert stage.users().get("user-1") == StoredUser()
    assert not stage.users().is_erased("user-1")
    assert stage.users().get_attributes("user-1") == {}


def test_a_state_is_read_as_it_was_written(stage: Stage) -> None:
    users = stage.users()

    users.put(Change("user-1", STATE, StoredUser()))

    assert users.get("user-1") == StoredUser(STATE, 1)
    assert users.get("user-2") == StoredUser()


def test_many_are_read_at_a_time_whoever_is_named_twice_and_whoever_is_unknown(
    stage: Stage,
) -> None:
    names = [f"user-{n}" for n in range(BATCH_GET + 1)]
    stage.users().put(Change(names[0], STATE, StoredUser()))
    stage.users().put(Change(names[-1], LATER, StoredUser()))
    client = Faulty(stage.client("dynamodb"), {"batch_get_item": ()})

    found = stage.users(client).get_many([*names, *names])

    assert found == {**dict.fromkeys(names, StoredUser()),
                     names[0]: StoredUser(STATE, 1), names[-1]: StoredUser(LATER, 1)}
    assert client.calls == {"batch_get_item": 1}  # the second


def test_who_was_not_answered_is_not_taken_for_unknown(stage: Stage) -> None:
    for name in ("user-1", "user-2"):
        stage.users().put(Change(name, STATE, StoredUser()))
    users = stage.users(Unprocessing(stage.client("dynamodb"), "user-1", "user-3"))

    found = users.get_many(f"user-{n}" for n in range(1, 5))

    assert found == {"user-2": StoredUser(STATE, 1), "user-4": StoredUser()}


def test_a_damaged_state_keeps_nobody_else_from_being_read(stage: Stage) -> None:
    stage.users().put(Change("user-2", STATE, StoredUser()))
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "state": {"B": b"\x09damaged"},
        "revision": {"N": "4"}})

    found = stage.users().get_many(["user-1", "user-2"])

    assert found == {"user-2": StoredUser(STATE, 1)}


def test_a_state_is_written_only_over_the_one_that_was_seen(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))
    seen = users.get("user-1")
    users.put(Change("user-1", LATER, seen))

    with pytest.raises(StaleStateError) as raised:
        users.put(Change("user-1", STATE, seen))

    assert users.get("user-1").state == LATER
    assert "user-1" not in repr(raised.value)


def test_two_first_writers_do_not_both_win(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))

    with pytest.raises(StaleStateError):
        users.put(Change("user-1", LATER, StoredUser()))


def test_a_busy_table_is_no_conflict(stage: Stage) -> None:
    users = stage.users(Faulty(stage.client("dynamodb"), {"transact_write_items": None}))

    with pytest.raises(ClientError):
        users.put(Change("user-1", STATE, StoredUser()))


def test_erasure_leaves_a_mark_that_names_nobody(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))
    users.put_attributes("user-1", {"segment": "new"})

    rows = users.erase("user-1", NOW_MS)

    assert rows == 2
    assert users.is_erased("user-1")
    assert users.get("user-1") == StoredUser()
    assert users.get_attributes("user-1") == {}
    left = stage.client("dynamodb").scan(TableName=stage.setting("users_table"))["Items"]
    assert left == [{"subject": {"S": f"{subject_hash('user-1'):032x}"}, "part": {"S": "erased"},
                     "erased_ms": {"N": str(NOW_MS)}}]


def test_a_writer_that_read_before_the_erasure_is_refused(stage: Stage) -> None:
    users = stage.users()
    nothing = users.get("user-1")
    users.put(Change("user-1", STATE, nothing))
    state = users.get("user-1")
    users.erase("user-1", NOW_MS)

    with pytest.raises(ErasedError):
        users.put(Change("user-1", STATE, nothing))
    with pytest.raises(StaleStateError):
        users.put(Change("user-1", LATER, state))

    assert users.get("user-1") == StoredUser()


def test_who_is_erased_twice_is_erased(stage: Stage) -> None:
    users = stage.users()
    users.erase("user-1", NOW_MS)

    assert users.erase("user-1", NOW_MS + 1) == 0

    assert users.is_erased("user-1")


def test_an_erasure_of_before_version_0_2_is_still_one(stage: Stage) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "2"}})

    assert stage.users().get("user-1") == StoredUser(EMPTY, 2, True)


def test_who_consents_begins_anew(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))
    users.erase("user-1", NOW_MS)

    users.admit("user-1", NOW_MS + 5)

    assert not users.is_erased("user-1")
    assert users.get("user-1") == StoredUser(EMPTY, 1, since_ms=NOW_MS + 5)


def test_what_is_forgotten_is_remembered_to_be_so(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))
    users.put_attributes("user-1", {"segment": "new"})

    users.forget("user-1", NOW_MS)

    seen = users.get("user-1")
    assert seen == StoredUser(EMPTY, 2, since_ms=NOW_MS)
    assert users.get_attributes("user-1") == {"segment": "new"}
    users.put(Change("user-1", LATER, seen))
    assert users.get("user-1") == StoredUser(LATER, 3, since_ms=NOW_MS)


def test_of_several_states_all_are_written_or_none(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()), Change("user-2", STATE, StoredUser()))
    seen = users.get("user-1")

    with pytest.raises(StaleStateError):
        users.put(Change("user-1", LATER, seen), Change("user-2", LATER, StoredUser()))
    users.put(Change("user-1", LATER, seen), Change("user-3", LATER, StoredUser()))

    assert [users.get(f"user-{n}").state for n in (1, 2, 3)] == [LATER, STATE, LATER]


def test_a_second_erasure_does_not_let_another_user_be_written(stage: Stage) -> None:
    users = stage.users()
    users.erase("user-2", NOW_MS)

    with pytest.raises(ErasedError):
        users.put(Change("user-1", STATE, StoredUser()), Change("user-2", STATE, StoredUser()))

    assert users.get("user-1") == StoredUser()


def test_every_row_is_told(stage: Stage) -> None:
    users = stage.users()
    users.erase("erased", NOW_MS)
    users.put_attributes("told-of", {"segment": "new"})
    for subject in ("active", "told-of"):
        users.put(Change(subject, STATE, StoredUser()))

    assert sorted(users.rows()) == sorted([
        ("active", "state"), (f"{subject_hash('erased'):032x}", "erased"),
        ("told-of", "attributes"), ("told-of", "state")])


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

    users.put(Change("user-1", STATE, StoredUser()))

    assert stage.state("user-1") == STATE


def test_who_only_looks_reads_no_state(stage: Stage) -> None:
    users = stage.users()
    users.put(Change("user-1", STATE, StoredUser()))
    users.forget("user-2", NOW_MS)

    seen = [users.look(f"user-{n}") for n in range(3)]

    assert seen == [StoredUser(), StoredUser(EMPTY, 1), StoredUser(EMPTY, 1, since_ms=NOW_MS)]
