"""A batch holds every user once, with the list that the live route would answer."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from domain import probe
from domain.batch_part import read_part
from domain.batch_plan import SPOKEN, Note, Plan, Turn, manifest_key, new_id
from domain.experiment import Experiments
from domain.features import Interaction, UserState, merge
from domain.key import item_key
from domain.layout import BATCHES
from domain.recommender import Recommender
from functions import lists
from functions.make_batch import Adapters, Made, UnmadeError, make, ready, take
from functions.population import Person, Population
from functions.scorer import Loaded, open_model
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.functions.at_hand import Around, OneModel, OneUser, desk
from tests.functions.batched import batches, begin, fill, lines, look
from tests.functions.faults import client_error
from tests.functions.stage import NOW_MS, Stage
from tests.functions.test_manage_users import join, visit

USERS = [f"user-{n}" for n in range(9)]
RULES = '[{"name": "evens", "boosts": [{"filter": "item_id in (\'b5\', \'b7\')", "by": 0.4}]}]'
MIX = json.dumps([{"name": "mix", "starts": "2020-01-01T00:00:00Z", "variants": [
    {"name": "control", "share": 0.5},
    {"name": "graph", "share": 0.5, "weights": {"graph": 9.0, "encoder": 0.1}}]}])


class Said:
    """A bus that keeps what is said."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def say(self, kind: str, details: Sequence[Any]) -> None:
        assert kind == SPOKEN
        self.turns += [Turn.of(detail) for detail in details]


class Everybody:
    """A table of these people, in pages of two."""

    def __init__(self, *people: Person) -> None:
        self._people = people

    def segment(self, number: int, of: int, *, sessions: bool) -> Iterator[list[Person]]:
        mine = [person for place, person in enumerate(self._people) if place % of == number]
        for start in range(0, len(mine), 2):
            yield mine[start:start + 2]


def plan(segments: int = 1, **ask: Any) -> Plan:
    return Plan(new_id(NOW_MS, 1), NOW_MS, segments, ask)


def adapters(
    stage: Stage | None = None, *people: Person, at_hand: Any = None, kept: Any = None
) -> tuple[Adapters, Said]:
    """Of these people, or of the stage's; everything else is the stage's."""
    said: Any = Said()
    table: Any = Everybody(*people) if people or not stage else Population(
        stage.setting("users_table"), stage.client("dynamodb"))
    shelf: Any = kept or (batches(stage) if stage else None)
    users: Any = stage.users() if stage else None
    return Adapters(at_hand or desk(), shelf, table, users, said), said


def did(*item_ids: str) -> StoredUser:
    return StoredUser(UserState(history=merge((), [
        Interaction(NOW_MS - 60_000 * (9 - n), item_key(item_id), 2)
        for n, item_id in enumerate(item_ids)])), 1)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


@pytest.mark.parametrize("ask", [
    {}, {"k": 3, "exclude_seen": False, "diversity": 0.5, "exclude": ["a7"]},
    {"filter": "not did('click', hours=1)", "quotas": [{"filter": "True", "at_most": 4}]}])
def test_a_line_is_what_the_live_route_answers_at_that_moment(
    model: Recommender, ask: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_MS * 1_000_000)
    around, loaded = Around(), OneModel(Loaded("v1", NOW_MS, model))
    experiments = Experiments.from_json(MIX)
    states = {f"user-{n}": did(*planted.walk(n % 3, 1 + n % 4, 1, n % 5)) for n in range(8)}
    given, _ = adapters(None, *(Person(*found) for found in states.items()),
                        at_hand=desk(None, loaded, around, RULES, experiments))

    made = make(given, plan(**ask), 0)

    told = {line["user_id"]: line for line in read_part(made.data)}
    assert set(told) == set(states)
    for subject, state in states.items():
        live = desk(OneUser(state), loaded, around, RULES, experiments)
        answer = lists.made_for(live, subject, ask)[1]
        line = told[subject]
        assert line["at_ms"] == NOW_MS
        for name in ("source", "model", "rules", "experiments"):
            assert line[name] == answer[name]
        assert line["items"] == [{name: value for name, value in place.items() if name != "title"}
                                 for place in answer["items"]]
    assert {line["source"] for line in told.values()} == {"personal", "popular"}
    assert len({line["experiments"]["mix"] for line in told.values()}) == 2


def test_every_user_is_in_it_once_and_nobody_else(stage: Stage) -> None:
    fill(stage, *USERS, "gone", probe.USER, "~alone")
    stage.users().erase("gone", NOW_MS)

    batch_id = begin(stage, ask={"k": 2}, name="mails")
    stage.cloud.drain()

    assert sorted(line["user_id"] for line in lines(stage, batch_id)) == USERS
    told = look(stage, batch_id)
    assert (told["state"], told["users_done"], told["segments_done"]) == (
        "done", len(USERS), told["segments"])
    assert manifest_key(batch_id) in stage.keys(BATCHES)


def test_those_listed_alone_are_in_it_as_the_live_route_knows_them(stage: Stage) -> None:
    fill(stage, "ann", "bob", "gone", "odd")
    visit(stage, "sofa")
    join(stage, "visit", "ann")
    stage.cloud.drain()
    stage.users().erase("gone", NOW_MS)
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "odd"}, "part": {"S": "state"}, "state": {"B": b"\xff\xff"}})

    batch_id = begin(stage, users=["ann", "gone", "~visit", "odd", "nobody", probe.USER, "ann"])
    stage.cloud.drain()

    assert [line["user_id"] for line in lines(stage, batch_id)] == ["ann", "~visit", "nobody"]
    assert look(stage, batch_id)["left_out"] == 1


def test_an_event_that_comes_twice_makes_nothing_twice(stage: Stage) -> None:
    fill(stage, *USERS)
    made = plan(8)
    batches(stage).begin(made, [])
    given, said = adapters(stage)

    for _ in range(2):
        take(given, Turn(made.batch_id, 0, 0))

    assert said.turns == [Turn(made.batch_id, 0, 1)] * 2
    assert batches(stage).note(made, 0)[0].place == 1


def test_of_two_that_make_the_same_segment_one_goes_on(stage: Stage) -> None:
    fill(stage, *USERS)
    made = plan(8)
    kept = batches(stage)
    kept.begin(made, [])
    given, said = adapters(stage)

    class Slow(Everybody):
        def segment(self, number: int, of: int, *, sessions: bool) -> Iterator[list[Person]]:
            take(given, Turn(made.batch_id, 0, 0))  # the other one is faster
            yield from super().segment(number, of, sessions=sessions)

    slow: Any = Slow(Person("ann", did("a3")))
    take(given._replace(population=slow), Turn(made.batch_id, 0, 0))

    assert said.turns == [Turn(made.batch_id, 0, 1)]


def test_what_died_before_it_was_noted_is_made_again_whole(stage: Stage) -> None:
    fill(stage, *USERS)
    made = plan(6)
    batches(stage).begin(made, [])
    given, _ = adapters(stage)
    for segment in made.segments_of(0):
        batches(stage).put_part(made, segment, make(given, made, segment).data)

    stage.call("POST", "/batches/{batch_id}/resumption", batch_id=made.batch_id)
    stage.cloud.drain()

    assert sorted(line["user_id"] for line in lines(stage, made.batch_id)) == USERS


def test_what_stalled_goes_on_where_it_was(stage: Stage) -> None:
    fill(stage, *USERS)
    made, (given, said) = plan(6), adapters(stage)
    batches(stage).begin(made, [])
    take(given, Turn(made.batch_id, 1, 0))  # and what it says is lost
    assert look(stage, made.batch_id)["segments_done"] == 1

    resumed = stage.call("POST", "/batches/{batch_id}/resumption", batch_id=made.batch_id)
    stage.cloud.drain()

    assert resumed.status == 202
    assert sorted(line["user_id"] for line in lines(stage, made.batch_id)) == USERS
    assert said.turns == [Turn(made.batch_id, 1, 1)]
    assert look(stage, made.batch_id)["segments_done"] == made.segments


def test_what_lists_are_made_of_is_there_or_none_is_made(stage: Stage) -> None:
    fill(stage, *USERS)
    made, failing = plan(8), OneModel()
    batches(stage).begin(made, [])
    failing.fails = client_error("InternalServerError", "GetItem")
    given, said = adapters(stage, at_hand=desk(scorer=failing))

    with pytest.raises(UnmadeError):
        take(given, Turn(made.batch_id, 0, 0))

    assert not said.turns
    note = batches(stage).note(made, 0)[0]
    assert (note.place, note.trouble) == (
        0, "segment 1: the model, trends or the catalogue cannot be read")
    failing.fails = None
    take(given, Turn(made.batch_id, 0, 0))
    assert not batches(stage).note(made, 0)[0].trouble


def test_a_segment_that_is_too_large_says_so(stage: Stage) -> None:
    made = plan()
    batches(stage).begin(made, [])
    given, _ = adapters(stage, Person("ann", did("a3")))

    with pytest.raises(UnmadeError):
        take(given, Turn(made.batch_id, 0, 0), has_time=lambda: False)

    assert "longer than an invocation" in batches(stage).note(made, 0)[0].trouble


def test_a_batch_that_has_expired_is_not_made(stage: Stage) -> None:
    given, said = adapters(stage)

    take(given, Turn(plan().batch_id, 0, 0))

    assert not said.turns
    assert "nothing to be made" in stage.log.messages


def test_whoever_ends_last_names_the_parts(stage: Stage) -> None:
    made = plan(2)
    batches(stage).begin(made, [])
    given, _ = adapters(stage, Person("ann", did("a3")))

    take(given, Turn(made.batch_id, 0, 0))
    assert manifest_key(made.batch_id) not in stage.keys(BATCHES)
    take(given, Turn(made.batch_id, 1, 0))

    assert manifest_key(made.batch_id) in stage.keys(BATCHES)


def test_who_cannot_be_read_is_counted_and_has_no_line() -> None:
    given, _ = adapters(None, Person("ann", did("a3")), Person("bob", None))

    made = make(given, plan(), 0)

    assert (made.users, made.left_out) == (1, 1)


def test_a_model_on_its_way_is_waited_for() -> None:
    scorer = OneModel()
    scorer.parts = 3

    ready(desk(scorer=scorer))

    assert scorer.parts == 0


def test_the_handler_takes_an_event_of_the_bus(stage: Stage) -> None:
    made = plan(2)
    batches(stage).begin(made, [])
    detail = Turn(made.batch_id, 0, 0)._asdict()

    stage.cloud.by_verb["make_batch"].invoke({"detail": detail})

    note = batches(stage).note(made, 0)[0]
    assert replace(note, heard_ms=0) == Note(0, (0,))
    assert isinstance(make(adapters()[0], made, 0), Made)
