"""A user and their sessions out of the log: as the updater left them."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from domain.erasure import Forgotten, mark_of
from domain.features import EMPTY
from domain.key import item_key
from domain.packing import pack
from domain.record import Position
from functions.erasures import read_marks
from functions.event_log import EventLog
from functions.sweep_log import sweep
from functions.users import StoredUser
from recovery.family import Family
from recovery.stack import Adapters
from recovery.users import MAX_TRIES, Outcome, restore
from tests.functions.stage import NOW_MS, SHARD, VOCABULARY, Stage, record
from tests.functions.test_manage_privacy import LATER_MS, delete
from tests.functions.test_manage_users import click, items_of, join, visit
from tests.recovery.stage import drop, rows, run

NOBODY = Forgotten.of(())


def live(stage: Stage) -> None:
    """One session is joined, another is not; who joins does things before and after."""
    click(stage, "lamp")
    visit(stage, "sofa", "rug")
    stage.cloud.drain()
    join(stage)
    stage.cloud.drain()
    visit(stage, "chair")
    click(stage, "desk", user_id="~other")
    click(stage, "bed")


def records(stage: Stage, forgotten: Forgotten = NOBODY) -> Family:
    log = EventLog(stage.shelf())
    found = chain.from_iterable(found for _, found in log.read(log.objects())
                                if not isinstance(found, str))
    mine = [record for record in found if record.batch.subject in ("user-1", "~visit")]
    return Family.of(sorted(mine, key=lambda r: r.position.sequence), forgotten)


def test_states_of_a_family_are_the_live_ones_byte_for_byte(stage: Stage) -> None:
    live(stage)

    family = records(stage)

    assert family.user == "user-1"
    assert {who: pack(state) for who, state in family.fold(VOCABULARY).items()} == {
        who: pack(stage.state(who)) for who in ("user-1", "~visit")}


def test_a_lost_table_of_joined_sessions_is_brought_back(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    before = rows(stage.cloud, "users")

    drop(stage.cloud, "users")
    report = run(stage.cloud, tmp_path, "users")

    assert report.problems == []
    assert rows(stage.cloud, "users") == before


def test_a_rebuild_over_a_whole_table_changes_nothing(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    before = rows(stage.cloud, "users")

    for _ in range(2):
        run(stage.cloud, tmp_path, "users")

    assert rows(stage.cloud, "users") == before


def marks(stage: Stage) -> Forgotten:
    return Forgotten.of(read_marks(stage.shelf(), pytest.fail))


def comes_again(stage: Stage) -> None:
    """Events of the session and of its user, after they were forgotten."""
    for who, item in (({"session_id": "visit"}, "door"), ({"user_id": "user-1"}, "wall")):
        event = {"event_id": item, "type": "click", "item_id": item}
        stage.call("POST", "/events", {**who, "events": [event]}, received_ms=NOW_MS + 1)
    stage.cloud.drain()


@pytest.mark.parametrize("swept", [False, True])
def test_who_was_forgotten_keeps_their_sessions(
    stage: Stage, opened: Adapters, tmp_path: Path, swept: bool
) -> None:
    live(stage)
    delete(stage, "user-1", ("forget", "events"))
    comes_again(stage)
    before = rows(stage.cloud, "users")
    known = {who: opened.users.get(who) for who in ("user-1", "~visit")}
    assert known["user-1"].state.counts == {2: 2}
    if swept:
        sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)

    drop(stage.cloud, "users")
    report = run(stage.cloud, tmp_path, "users")

    assert report.problems == []
    assert rows(stage.cloud, "users").keys() == before.keys()
    for who, was in known.items():
        assert opened.users.get(who) == was._replace(revision=opened.users.get(who).revision)


def test_a_join_that_is_forgotten_is_in_no_state(stage: Stage, opened: Adapters) -> None:
    live(stage)
    delete(stage, "user-1", ("forget", "events"))

    states = records(stage, marks(stage)).fold(VOCABULARY)

    assert states == {"user-1": EMPTY, "~visit": EMPTY}


def test_an_erased_session_leaves_its_user_alone(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    stage.shelf().put(mark_of("~visit", NOW_MS), b"")
    click(stage, "door")
    drop(stage.cloud, "users")

    report = run(stage.cloud, tmp_path, "users")

    assert report.problems == []
    own = ("lamp", "chair", "bed", "door")  # the chair since they were joined
    assert set(items_of(stage, "user-1")) == set(map(item_key, own))
    assert opened.users.is_erased("~visit", consistent=True)
    assert list(opened.sessions.of("user-1")) == []
    assert not opened.users.is_erased("user-1")


def restored(family: Family, given: Adapters) -> tuple[Outcome, list[str]]:
    problems: list[str] = []
    outcome = restore(family, given.users, given.sessions, VOCABULARY, problems.append)
    return outcome, problems


def test_a_session_that_was_erased_since_the_marks_were_read_has_no_row(
    stage: Stage, opened: Adapters
) -> None:
    live(stage)
    family = records(stage)
    drop(stage.cloud, "users")
    opened.users.erase("~visit", NOW_MS)

    assert restored(family, opened) == (Outcome.WRITTEN, [])

    assert pack(stage.state("user-1")) == pack(family.fold(VOCABULARY)["user-1"])
    assert opened.users.get("~visit") == StoredUser()


def test_a_session_that_was_erased_before_version_0_2_is_left_so(
    stage: Stage, opened: Adapters
) -> None:
    live(stage)
    family = records(stage)
    drop(stage.cloud, "users")
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "~visit"}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "4"}})

    assert restored(family, opened) == (Outcome.WRITTEN, [])

    assert opened.users.get("~visit") == StoredUser(EMPTY, 4, True)


def test_a_session_that_somebody_else_has_now_is_told_of_and_the_user_is_restored(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    before = stage.state("user-1")
    drop(stage.cloud, "users")
    assert join(stage, user_id="bob").status == 200

    report = run(stage.cloud, tmp_path, "users")

    assert report.problems == [
        "a session of user-1: in the table it is a session of bob"]
    assert stage.state("user-1") == before
    assert opened.sessions.owner("~visit") == "bob"


def test_what_every_round_comes_upon_is_told_once(
    stage: Stage, opened: Adapters, tmp_path: Path
) -> None:
    live(stage)
    drop(stage.cloud, "users")
    join(stage, user_id="bob")
    newest = record(0, "user-1", "door")._replace(position=Position(SHARD, 10**56 - 1))
    stage.deliver("update_user_features", [newest])  # the log never gets it

    report = run(stage.cloud, tmp_path, "users")

    assert [problem[:17] for problem in report.problems] == [
        "a session of user", "1 users wait: the"]


class Busy:
    """A client in whose way another write of the session is, a few times or always."""

    def __init__(self, stage: Stage, times: int) -> None:
        self._client, self._stage, self._left = stage.client("dynamodb"), stage, times

    def __getattr__(self, name: str) -> Any:
        if name == "put_item" and self._left:
            self._left -= 1
            self._stage.sessions().join("~visit", "user-1")  # once more: a revision
        return getattr(self._client, name)


@pytest.mark.parametrize(("times", "outcome"), [
    (MAX_TRIES - 1, Outcome.WRITTEN), (MAX_TRIES, Outcome.AHEAD)])
def test_a_session_that_is_written_meanwhile_is_tried_again_and_then_in_a_later_round(
    stage: Stage, opened: Adapters, times: int, outcome: Outcome
) -> None:
    live(stage)
    family, left = records(stage), stage.state("~visit")
    drop(stage.cloud, "users")
    busy = opened._replace(users=stage.users(Busy(stage, times)))

    assert restored(family, busy) == (outcome, [])

    if outcome == Outcome.WRITTEN:
        assert stage.state("~visit") == left
    else:
        assert opened.users.get("user-1") == StoredUser()  # whole families, or later
