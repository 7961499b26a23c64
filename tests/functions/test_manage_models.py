"""An administrator sees every judgement, and turns the pointer back."""

import json

import pytest

from domain.artifact import MANIFEST, SIGNATURE
from functions.manage_models import respond
from functions.registry import Entry, failure_of
from functions.rolling import Room
from functions.shelf import model_key
from tests.functions.artifacts import manifest_alone
from tests.functions.faults import Unreachable
from tests.functions.stage import NOW_MS, OPEN, Answer, Stage, proxy_event

OLD, NEW, WORSE = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
def judged(stage: Stage) -> Stage:
    """Two models were promoted, one refused, and a job failed."""
    registry = stage.registry()
    for n, (version, refusals) in enumerate(((OLD, []), (NEW, []), (WORSE, ["it is worse"]))):
        metrics = {"model": {"ndcg@10": 0.5}}
        registry.record(Entry(version, NOW_MS + n, f"job-{n}", refusals, metrics, "2026"))
        manifest_alone(stage.shelf(), version)
    registry.record(failure_of("job-3", "AlgorithmError: too few events", NOW_MS + 3))
    registry.point(OLD, NOW_MS)
    registry.point(NEW, NOW_MS + 1)
    return stage


def point(stage: Stage, body: object, received_ms: int = NOW_MS + 10) -> Answer:
    return stage.call("PUT", "/models/current", body, received_ms=received_ms)


def current(stage: Stage) -> str | None:
    found = stage.call("GET", "/models").body["current"]
    return None if found is None else str(found)


def test_an_empty_shelf_is_listed(stage: Stage) -> None:
    answered = stage.call("GET", "/models")

    assert (answered.status, answered.body) == (200, {
        "current": None, "rollout": None, "models": []})


def test_every_judgement_is_listed_with_its_reason(judged: Stage) -> None:
    listed = judged.call("GET", "/models").body

    assert listed["current"] == NEW
    assert [(m["version"], m["job"], m["refusals"]) for m in listed["models"]] == [
        (None, "job-3", ["AlgorithmError: too few events"]), (WORSE, "job-2", ["it is worse"]),
        (NEW, "job-1", []), (OLD, "job-0", [])]
    assert listed["models"][3]["metrics"] == {"model": {"ndcg@10": 0.5}}


def test_the_pointer_goes_back_and_forward(judged: Stage) -> None:
    assert point(judged, {"version": OLD}).body == {"current": OLD, "share": 1.0}
    assert current(judged) == OLD

    assert point(judged, {"version": NEW}, NOW_MS + 11).status == 200
    assert current(judged) == NEW


@pytest.mark.parametrize("version", [WORSE, "d" * 16])
def test_what_was_not_promoted_cannot_be_pointed_at(judged: Stage, version: str) -> None:
    assert point(judged, {"version": version}).error == (404, "not_found", "version")
    assert current(judged) == NEW


def test_a_decision_that_came_too_late_is_a_conflict(judged: Stage) -> None:
    assert point(judged, {"version": OLD}, NOW_MS + 1).error == (409, "conflict", "version")
    assert current(judged) == NEW


@pytest.mark.parametrize("name", [SIGNATURE, MANIFEST])
def test_a_model_that_no_copy_would_load_takes_nobodys_place(judged: Stage, name: str) -> None:
    judged.client("s3").delete_object(Bucket=judged.bucket, Key=model_key(OLD, name))

    answered = point(judged, {"version": OLD})

    assert answered.error == (409, "conflict", "version")
    assert f"{OLD}: {name} is missing" in answered.body["error"]["message"]
    assert current(judged) == NEW


def test_a_body_that_is_wrong_is_400(judged: Stage) -> None:
    for body, field in (({}, "version"), ({"version": 7}, "version"), ({"version": "x"}, "version"),
                        ({"version": OLD + "\n"}, "version"), ("{", "body"), ([], "body"),
                        ({"version": OLD, "force": True}, "force")):
        assert point(judged, body).error == (400, "invalid", field)
    assert current(judged) == NEW


def test_a_registry_out_of_reach_is_503(stage: Stage) -> None:
    answered = respond(proxy_event("GET", "/models"), stage.registry(Unreachable()),
                       stage.shelf(), OPEN, Room(1769, 1.0))

    assert (answered["statusCode"], json.loads(answered["body"])["error"]["code"]) == (
        503, "unavailable")


def test_some_users_get_a_model_first_and_the_shelf_says_so(judged: Stage) -> None:
    begun = point(judged, {"version": OLD, "share": 0.05})

    assert (begun.status, begun.body) == (200, {"current": NEW, "share": 0.05})
    listed = judged.call("GET", "/models").body
    assert listed["current"] == NEW
    assert listed["rollout"] == {"version": OLD, "share": 0.05, "sample": 0.0, "calls": 0,
                                 "alike": None, "began_ms": NOW_MS + 10, "since_ms": NOW_MS + 10}


def test_a_rollout_is_stopped_by_what_serves_already(judged: Stage) -> None:
    point(judged, {"version": OLD, "share": 0.05})

    assert point(judged, {"version": NEW}, NOW_MS + 11).body == {"current": NEW, "share": 1.0}

    assert judged.call("GET", "/models").body["rollout"] is None


@pytest.mark.parametrize("share", [0, 0.0001, 1.1, "0.1", None])
def test_a_share_that_is_none_is_400(judged: Stage, share: object) -> None:
    assert point(judged, {"version": OLD, "share": share}).error == (400, "invalid", "share")


def test_why_a_model_left_is_listed(judged: Stage) -> None:
    point(judged, {"version": OLD, "share": 0.05})
    pointer = judged.registry().pointer()
    assert pointer
    assert pointer.rollout
    judged.registry().leave(pointer, pointer.rollout, "it fails", NOW_MS + 20)

    models = {m["version"]: m["rolled_back"] for m in judged.call("GET", "/models").body["models"]}

    assert (models[OLD], models[NEW]) == ("it fails", None)
