"""Who was erased is known without the table."""

from domain.erasure import Act, Forgotten, Mark
from domain.features import EMPTY
from domain.key import subject_hash
from functions.users import StoredUser
from recovery.erasures import erase_again
from recovery.report import Report
from recovery.stack import Adapters
from tests.functions.faults import Faulty
from tests.functions.stage import Stage, record

ERASED = ("told-of", "active", "both", "gone", "away")
FORGOTTEN = Forgotten.of([*(Mark(subject_hash(who), at_ms) for at_ms, who in enumerate(ERASED)),
                          Mark(subject_hash("forgot"), 5, Act.FORGOTTEN)])


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

    assert report.counts == {"erased users who had come back": 3}
    assert all(opened.users.is_erased(who, consistent=True) for who in ERASED)
    assert sorted(row for row in opened.users.rows() if row[1] != "erased") == [
        ("forgot", "state"), ("other", "attributes")]


def test_what_names_a_session_of_an_erased_user_goes_too(stage: Stage, opened: Adapters) -> None:
    opened.sessions.join("~visit", "both")

    erase_again(FORGOTTEN, opened.users, Report())

    assert list(opened.sessions.of("both")) == []


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
