"""Everybody in the table, each in one segment."""

import pytest

from functions import population
from functions.population import Person, Population
from tests.functions.batched import fill
from tests.functions.stage import NOW_MS, Stage
from tests.functions.test_manage_users import join, visit

USERS = [f"user-{n}" for n in range(12)]


def table(stage: Stage) -> Population:
    return Population(stage.setting("users_table"), stage.client("dynamodb"))


def people(stage: Stage, of: int = 3, *, sessions: bool = False) -> list[Person]:
    return [person for number in range(of)
            for page in table(stage).segment(number, of, sessions=sessions) for person in page]


def test_segments_are_everybody_and_nobody_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "PAGE_ROWS", 2)
    fill(stage, *USERS)

    found = people(stage)

    assert sorted(person.subject for person in found) == sorted(USERS)
    assert all(person.stored and person.stored.state == stage.state(person.subject)
               for person in found)
    assert table(stage).rows() == len(USERS)


def test_the_erased_are_nobody_and_whoever_begins_anew_is_until_they_do(stage: Stage) -> None:
    fill(stage, "ann", "bob", "cid")
    stage.users().erase("ann", NOW_MS)
    stage.users().forget("bob", NOW_MS)

    assert [person.subject for person in people(stage)] == ["cid"]


def test_sessions_come_when_they_are_wanted_and_are_nobody_elses(stage: Stage) -> None:
    fill(stage, "ann", "~alone")
    visit(stage, "sofa")
    join(stage, "visit", "ann")
    stage.cloud.drain()

    assert {person.subject for person in people(stage)} == {"ann"}
    assert {person.subject for person in people(stage, sessions=True)} == {"ann", "~alone"}


def test_whoever_cannot_be_read_is_told_and_nobody_else_is_lost(stage: Stage) -> None:
    fill(stage, "ann", "bob")
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "ann"}, "part": {"S": "state"}, "state": {"B": b"\xff\xff"}})

    found = {person.subject: person.stored for person in people(stage)}

    assert found["ann"] is None
    assert found["bob"] is not None
