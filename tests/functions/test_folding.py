"""What one user's records change, in every row that they concern."""

import pytest

from domain.event import Batch
from domain.features import EMPTY, fold_all, joined
from domain.record import Position, Record
from functions.folding import Folding
from functions.users import ErasedError
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, record

VISIT = [record(n, "~visit", f"item-{n}") for n in range(2)]
USER, OTHER = record(5, "ann", "own"), record(7, "ann", "more")
JOIN = Record(Position(SHARD, FIRST + 6), Batch("ann", NOW_MS, (), joins="~visit"))


def given(stage: Stage, *, late: bool = False) -> Folding:
    return Folding(stage.users(), VOCABULARY, late)


def test_what_changes_nothing_is_not_written(stage: Stage) -> None:
    stage.deliver("update_user_features", [USER])
    seen = stage.users().get("ann")

    assert given(stage).changes("ann", seen, [USER]) == []
    assert given(stage, late=True).changes("ann", seen, [USER]) == []


def test_a_join_writes_user_and_session_together(stage: Stage) -> None:
    stage.deliver("update_user_features", VISIT)
    stage.sessions().join("~visit", "ann")
    session = stage.users().get("~visit")

    user, left = given(stage).changes("ann", stage.users().get("ann"), [USER, JOIN, OTHER])

    assert user.state.counts == {2: 4}
    assert len(user.state.history) == 4
    assert left == ("~visit", joined(fold_all(EMPTY, VISIT, VOCABULARY)), session)


def test_a_join_that_the_table_knows_nothing_of_changes_no_session(stage: Stage) -> None:
    stage.deliver("update_user_features", VISIT)
    stage.sessions().join("~visit", "bob")

    (user,) = given(stage).changes("ann", stage.users().get("ann"), [USER, JOIN])

    assert user.state.counts == {2: 1}


def test_what_comes_of_a_joined_session_goes_to_its_user(stage: Stage) -> None:
    stage.deliver("update_user_features", [USER])
    stage.sessions().join("~visit", "ann")

    user, left = given(stage).changes("~visit", stage.users().get("~visit"), VISIT)

    assert (user.subject, user.state.counts) == ("ann", {2: 3})
    assert left.state == joined(fold_all(EMPTY, VISIT, VOCABULARY))


def test_what_comes_of_a_session_of_an_erased_user_is_refused(stage: Stage) -> None:
    stage.sessions().join("~visit", "ann")
    stage.users().erase("ann", NOW_MS)

    again = stage.deliver("update_user_features", VISIT)

    assert again is None
    assert stage.state("~visit") == EMPTY
    assert stage.counted("EventsOfErasedUsers") == 2


def test_an_erasure_of_before_version_0_2_is_heeded_for_sessions_too(stage: Stage) -> None:
    stage.sessions().join("~visit", "ann")
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "ann"}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "1"}})

    with pytest.raises(ErasedError):
        given(stage).changes("~visit", stage.users().get("~visit"), VISIT)
