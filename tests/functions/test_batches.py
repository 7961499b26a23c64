"""Plans, notes and parts in the bucket."""

import json
from typing import Any

import pytest

from domain.batch_plan import Note, Plan, manifest_key, new_id, note_key, plan_key
from domain.layout import BATCHES
from functions import batches as module
from functions.batches import NoBatchError
from tests.functions.batched import batches
from tests.functions.stage import NOW_MS, Stage


def plan(n: int = 0, segments: int = 2) -> Plan:
    return Plan(new_id(NOW_MS + 1000 * n, n), NOW_MS, segments, {})


def test_what_was_begun_is_read_back(stage: Stage) -> None:
    found, made = batches(stage), plan()

    found.begin(made, [["ann"], ["bob", "cid"]])

    assert found.plan(made.batch_id) == made
    assert found.notes(made) == [Note(NOW_MS)] * 2
    assert [found.users(made, segment) for segment in (0, 1)] == [["ann"], ["bob", "cid"]]


def test_of_two_who_saw_the_same_note_one_writes_it(stage: Stage) -> None:
    found, made = batches(stage), plan()
    found.begin(made, [])
    note, seen = found.note(made, 0)

    assert found.keep(seen, note.past(3, 0, NOW_MS))
    assert not found.keep(seen, note.past(4, 0, NOW_MS))
    assert found.note(made, 0)[0].users == (3,)


@pytest.mark.parametrize("ask", [
    lambda found, made: found.plan(made.batch_id), lambda found, made: found.note(made, 0),
    lambda found, made: found.users(made, 0)])
def test_what_is_not_there_is_told(stage: Stage, ask: Any) -> None:
    with pytest.raises(NoBatchError):
        ask(batches(stage), plan())


def test_the_last_ones_come_first(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TOLD", 2)
    for n in range(3):
        batches(stage).begin(plan(n), [])

    assert list(batches(stage).newest()) == [plan(2), plan(1)]


def test_a_finished_one_names_its_parts(stage: Stage) -> None:
    found, made = batches(stage), plan()
    found.begin(made, [])

    found.finish(made, [Note(NOW_MS, (3,)), Note(NOW_MS, (0,))], NOW_MS)

    told = json.loads(stage.shelf().get(manifest_key(made.batch_id)) or b"")
    assert (told["state"], told["users_done"], len(told["parts"])) == ("done", 3, 1)
    assert plan_key(made.batch_id) in stage.keys(BATCHES)
    assert note_key(made.batch_id, 1) in stage.keys(BATCHES)


def test_a_link_is_to_the_part(stage: Stage) -> None:
    found, made = batches(stage), plan()
    found.put_part(made, 0, b"lines")

    assert f"{made.batch_id}/parts/000001.jsonl.gz?" in found.link(made, 0, 60)
