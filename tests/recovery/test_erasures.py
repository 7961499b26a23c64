"""Who was erased is known without the table."""

import json

from domain.erasure import mark_of
from domain.features import EMPTY
from domain.key import subject_hash
from functions.users import StoredUser
from recovery.erasures import Erasures, erase_again
from recovery.report import Report
from recovery.stack import Adapters
from tests.functions.faults import Faulty
from tests.functions.stage import Stage, record
from tests.recovery.stage import rows


def test_the_later_of_two_erasures_counts(opened: Adapters) -> None:
    for at_ms in (7, 5):
        opened.shelf.put(mark_of("ann", at_ms), b"")

    erasures = Erasures(opened.shelf, Report())

    assert (erasures.at_ms("ann"), erasures.at_ms("bob")) == (7, None)
    assert list(erasures) == [subject_hash("ann")]


def test_a_key_that_is_no_mark_is_told(opened: Adapters) -> None:
    opened.shelf.put("erasures/strange", b"")
    report = Report()

    assert list(Erasures(opened.shelf, report)) == []

    assert report.problems == ["erasures/strange is no mark of an erasure"]


def test_of_whom_the_table_knows_anything_though_they_are_marked_is_erased_again(
    stage: Stage, opened: Adapters
) -> None:
    for subject, at_ms in (("told-of", 5), ("active", 6), ("both", 7), ("gone", 8), ("away", 9)):
        opened.shelf.put(mark_of(subject, at_ms), b"")
    for subject in ("told-of", "both", "other"):
        opened.users.put_attributes(subject, {"segment": "new"})
    stage.deliver("update_user_features", [record(0, "active", "a"), record(1, "both", "a")])
    opened.users.erase("gone", 8)
    erasures, report = Erasures(opened.shelf, Report()), Report()

    held = erase_again(erasures, opened.users, report)

    assert report.counts == {"erased users who had come back": 3}
    assert held == {subject_hash(who) for who in ("told-of", "active", "both", "gone")}
    assert [opened.users.get(who) for who in ("told-of", "active", "both", "gone", "away")] == [
        StoredUser(EMPTY, 1, True), StoredUser(EMPTY, 2, True), StoredUser(EMPTY, 2, True),
        StoredUser(EMPTY, 1, True), StoredUser()]
    assert [json.loads(key)[0]["S"] for key, row in rows(stage.cloud, "users").items()
            if "attributes" in row] == ["other"]


def test_attributes_beside_a_mark_that_stands_are_forgotten_too(
    stage: Stage, opened: Adapters
) -> None:
    opened.shelf.put(mark_of("ann", 5), b"")
    opened.users.put_attributes("ann", {"segment": "new"})
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "ann"}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "1"}})  # restored as of between the two halves of the erasure

    erase_again(Erasures(opened.shelf, Report()), opened.users, Report())

    assert opened.users.get_attributes("ann") == {}
    assert opened.users.get("ann").erased


def test_a_table_is_not_read_where_nobody_was_erased(stage: Stage, opened: Adapters) -> None:
    client = Faulty(stage.client("dynamodb"), {"get_paginator": None})

    assert erase_again(Erasures(opened.shelf, Report()), stage.users(client), Report()) == set()
