"""Batches are asked for, looked at and gone on with, by administrators."""

import pytest

from domain.batch_plan import STALLED_MS, Note, Plan, new_id, note_key
from functions import manage_batches
from functions.manage_batches import Adapters, respond
from functions.population import Population
from tests.functions.batched import ONE, batches, begin, fill, look
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, OPEN, VOCABULARY, Stage, proxy_event

RESUMPTION = f"{ONE}/resumption"


def test_one_begins_with_all_its_lanes_and_is_told_of(stage: Stage) -> None:
    answer = stage.call("POST", "/batches", {"name": "mails", "ask": {"k": 3}})

    assert answer.status == 202
    assert answer.body | {"batch_id": ""} == {
        "batch_id": "", "name": "mails", "asked_ms": NOW_MS, "state": "running", "segments": 32,
        "segments_done": 0, "users_done": 0, "left_out": 0, "heard_ms": NOW_MS, "troubles": []}
    assert stage.call("GET", "/batches").body == {"batches": [answer.body]}
    assert look(stage, answer.body["batch_id"]) == {**answer.body, "parts": [], "next": None}


def test_listed_users_are_cut_by_their_number(stage: Stage) -> None:
    answer = stage.call("POST", "/batches", {"users": [f"u{n}" for n in range(1001)]})

    assert answer.body["segments"] == 2


@pytest.mark.parametrize(("body", "field"), [
    ({"ask": {"filter": "prize < 3"}}, "ask.filter"), ({"ask": {"cursor": "AQ"}}, "ask.cursor"),
    ({"users": []}, "users"), ({"sessions": 1}, "sessions"), ([], "body"),
    ({"ask": {"exclude_seen": {"types": ["wave"]}}}, "ask.exclude_seen.types[0]")])
def test_what_is_wrong_is_named_and_nothing_begins(stage: Stage, body: object, field: str) -> None:
    answer = stage.call("POST", "/batches", body)

    assert answer.error == (400, "invalid", field)
    assert stage.keys("batches/") == []


@pytest.mark.parametrize(("method", "route"), [("GET", ONE), ("POST", RESUMPTION)])
def test_one_that_nobody_knows_is_404(stage: Stage, method: str, route: str) -> None:
    assert stage.call(method, route, batch_id=new_id(NOW_MS, 1)).error == (
        404, "not_found", "batch_id")
    assert stage.call(method, route, batch_id="../x").error == (400, "invalid", "batch_id")


def test_parts_are_told_a_few_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_batches, "MAX_PARTS", 2)
    plan = Plan(new_id(NOW_MS, 1), NOW_MS, 8, {})
    batches(stage).begin(plan, [])
    for lane in range(4):
        stage.shelf().put(note_key(plan.batch_id, lane), Note(NOW_MS, (lane, 3)).to_bytes())

    def told(first: int) -> tuple[list[int], int | None]:
        body = stage.call("GET", ONE, None, [("part", str(first))], batch_id=plan.batch_id).body
        return [part["part"] for part in body["parts"]], body["next"]

    assert [told(1), told(4), told(6), told(8)] == [
        ([2, 3], 4), ([4, 5], 6), ([6, 7], 8), ([8], None)]
    assert f"{plan.batch_id}/parts/000002" in stage.call(
        "GET", ONE, batch_id=plan.batch_id).body["parts"][0]["url"]


def test_one_that_is_silent_for_long_stalled_and_goes_on_when_it_is_told_to(stage: Stage) -> None:
    fill(stage, "ann")
    batch_id = begin(stage)
    stage.cloud.bus.forget()

    answer = stage.call("POST", RESUMPTION, None, (), NOW_MS + STALLED_MS + 1, batch_id=batch_id)

    assert (answer.status, answer.body["state"]) == (202, "stalled")
    stage.cloud.drain()
    assert look(stage, batch_id)["state"] == "done"
    assert stage.call("POST", RESUMPTION, batch_id=batch_id).body["state"] == "done"
    stage.cloud.drain()


def test_one_whose_notes_have_expired_is_passed_over(stage: Stage) -> None:
    batch_id = begin(stage)
    stage.cloud.bus.forget()
    stage.shelf().purge(note_key(batch_id, 0), whole=True)
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=note_key(batch_id, 0))

    assert stage.call("GET", "/batches").body == {"batches": []}
    assert stage.call("GET", ONE, batch_id=batch_id).status == 404


def test_what_aws_does_wrong_is_503(stage: Stage) -> None:
    bus = manage_batches.Bus("headwater.shop", Faulty(stage.client("events"), {"put_events": None}))  # type: ignore[arg-type]
    given = Adapters(batches(stage), Population(stage.setting("users_table")), bus, VOCABULARY,
                     OPEN)

    answer = respond(proxy_event("POST", "/batches", {}), given)

    assert answer["statusCode"] == 503
