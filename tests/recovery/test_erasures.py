"""Who was erased and what was forgotten is known without the table."""

from typing import Any

import pytest

from domain.erasure import Act, Forgotten, Mark
from domain.event import MAX_AHEAD_MS
from domain.features import EMPTY
from domain.key import subject_hash
from functions.users import StoredUser
from recovery.erasures import erase_again
from recovery.report import Report
from recovery.stack import Adapters
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage, record

ERASED = ("told-of", "active", "both", "gone", "away")
FORGOTTEN = Forgotten.of([*(Mark(subject_hash(who), at_ms) for at_ms, who in enumerate(ERASED)),
                          Mark(subject_hash("forgot"), 5, Act.FORGOTTEN)])
CAME_BACK = "states that had come back though they were forgotten"


def forgotten(act: Act, at_ms: int) -> Forgotten:
    return Forgotten.of([Mark(subject_hash("ann"), at_ms - 1, Act.ERASED),
                         Mark(subject_hash("ann"), at_ms, Act.CONSENTED),
                         Mark(subject_hash("ann"), at_ms, act)])


def test_of_whom_the_table_knows_anything_though_they_are_erased_is_erased_again(
    stage: Stage, opened: Adapters
) -> None:
    for subject in ("told-of", "both", "other"):
        opened.users.put_attributes(subject, {"segment": "new"})
    stage.deliver("update_user_features", [
        record(n, who, "a") for n, who in enumerate(("active", "both", "forgot"))])
    opened.users.erase("gone", 3)
    report = Report()

    erase_again(FORGOTTEN, opened.users, report)

    assert report.counts == {"erased users who had come back": 3, CAME_BACK: 0}
    assert all(opened.users.is_erased(who, consistent=True) for who in ERASED)
    assert sorted(row for row in opened.users.rows() if row[1] != "erased") == [
        ("forgot", "state"), ("other", "attributes")]


def test_what_names_a_session_of_an_erased_user_goes_too(stage: Stage, opened: Adapters) -> None:
    opened.sessions.join("~visit", "both")

    erase_again(FORGOTTEN, opened.users, Report())

    assert list(opened.sessions.of("both")) == []


def test_what_names_an_erased_session_of_somebody_goes_too(
    stage: Stage, opened: Adapters
) -> None:
    for session in ("~visit", "~other"):
        opened.sessions.join(session, "ann")

    erase_again(Forgotten.of([Mark(subject_hash("~visit"), 5)]), opened.users, Report())

    assert list(opened.sessions.of("ann")) == ["~other"]
    assert opened.sessions.owner("~visit") == ""


@pytest.mark.parametrize("act", [Act.FORGOTTEN, Act.CONSENTED])
def test_what_a_backup_brings_back_of_who_was_forgotten_is_forgotten_again(
    stage: Stage, opened: Adapters, act: Act
) -> None:
    until_ms = NOW_MS + 10
    opened.users.put_attributes("ann", {"segment": "new"})
    stage.deliver("update_user_features", [record(1, "ann", "a"), record(1, "bob", "a")])
    report = Report()

    erase_again(forgotten(act, until_ms), opened.users, report)
    erase_again(forgotten(act, until_ms), opened.users, report)

    assert opened.users.get("ann") == StoredUser(EMPTY, 2, since_ms=until_ms)
    assert opened.users.get_attributes("ann") == {"segment": "new"}
    assert stage.state("bob").counts == {2: 1}
    assert report.counts[CAME_BACK] == 1


def test_whoever_came_again_after_a_forgetting_keeps_what_they_did_since(
    stage: Stage, opened: Adapters
) -> None:
    since = record(1, "ann", "a")
    until_ms = since.batch.events[0].at_ms - MAX_AHEAD_MS - 1
    stage.deliver("update_user_features", [since])
    state, report = stage.state("ann"), Report()

    erase_again(forgotten(Act.FORGOTTEN, until_ms), opened.users, report)

    assert opened.users.get("ann") == StoredUser(state, 2, since_ms=until_ms)
    assert not report.counts[CAME_BACK]


class Updating:
    """A client before whose first write of a state the updater writes it."""

    def __init__(self, stage: Stage) -> None:
        self._client, self._stage, self._left = stage.client("dynamodb"), stage, True

    def __getattr__(self, name: str) -> Any:
        if name == "put_item" and self._left:
            self._left = False
            self._stage.deliver("update_user_features", [record(2, "ann", "b")])
        return getattr(self._client, name)


def test_what_the_updater_adds_to_what_came_back_meanwhile_is_begun_anew(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", [record(1, "ann", "a")])

    erase_again(forgotten(Act.FORGOTTEN, NOW_MS + 10), stage.users(Updating(stage)), Report())

    assert opened.users.get("ann") == StoredUser(EMPTY, 3, since_ms=NOW_MS + 10)


def test_a_row_that_is_half_erased_is_gone(stage: Stage, opened: Adapters) -> None:
    opened.users.put_attributes("both", {"segment": "new"})
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "both"}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "1"}})  # of before version 0.2

    erase_again(FORGOTTEN, opened.users, Report())

    assert opened.users.get_attributes("both") == {}
    assert opened.users.get("both") == StoredUser(EMPTY)


def test_a_table_is_not_read_where_nobody_was_erased(stage: Stage, opened: Adapters) -> None:
    client, report = Faulty(stage.client("dynamodb"), {"get_paginator": None}), Report()

    erase_again(Forgotten.of(()), stage.users(client), report)

    assert not report.counts["erased users who had come back"]
