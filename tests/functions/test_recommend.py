"""Every list comes, says where it is from, and knows the last click."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from domain.ranking import SOURCES
from functions.desk import Desk
from functions.recommend import MAX_RECENT, respond
from functions.scorer import Scorer
from functions.shelf import Shelf
from functions.surroundings import LiveCatalog, LiveTrends, Surroundings
from tests import planted
from tests.conftest import Trained
from tests.functions.faults import Unreachable
from tests.functions.stage import VOCABULARY, Answer, Stage, files_of, proxy_event

LIST = "/users/{user_id}/recommendations"
VERB = "recommend"
LOGGER = Logger(service="test")
UP = planted.walk(0, 3, 1, 6)  # a3 to a8
DOWN = planted.walk(0, 13, -1, 6)  # a13 to a8


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def send(stage: Stage, user_id: str, item_ids: Sequence[str]) -> None:
    """A click a second, until now; it counts as soon as this returns."""
    events = [{"event_id": f"{user_id}-{n}-{item_id}", "type": "click", "item_id": item_id,
               "at": now_ms() - 1000 * (len(item_ids) - n)} for n, item_id in enumerate(item_ids)]
    body = {"user_id": user_id, "events": events}
    assert stage.call("POST", "/events", body, received_ms=now_ms()).status == 202
    stage.cloud.drain()


def describe(stage: Stage, *item_ids: str, **facts: Any) -> None:
    items = [{"item_id": item_id, "title": item_id.upper(), **facts} for item_id in item_ids]
    assert stage.call("PUT", "/items", {"items": items}, received_ms=now_ms()).status == 200


def look_again(stage: Stage) -> None:
    """Roll up, and begin in a new execution environment."""
    stage.cloud.fire("roll_up_trends")
    stage.cloud.fire("roll_up_catalog")
    stage.restart(VERB)


def ask(stage: Stage, user_id: str, *query: tuple[str, str]) -> Answer:
    answered = stage.call("GET", LIST, query=query, user_id=user_id)
    assert answered.status == 200
    return answered


@pytest.fixture
def serving(stage: Stage, trained: Trained) -> Stage:
    """A model serves, with the planted catalogue."""
    facts = [item.facts for item in planted.items()]
    assert stage.call("PUT", "/items", {"items": facts}, received_ms=now_ms()).status == 200
    assert stage.end_job("first", files_of(trained.folder))["promoted"]
    look_again(stage)
    return stage


def test_an_empty_cloud_answers_an_empty_list(stage: Stage) -> None:
    answered = ask(stage, "nobody")

    assert answered.body["items"] == []
    assert (answered.body["source"], answered.body["model"]) == ("catalogue", None)
    assert stage.counted("EmptyLists") == 1


def test_a_list_falls_back_by_name_to_the_best_there_is(stage: Stage, trained: Trained) -> None:
    found = {}
    describe(stage, "a", "b", "c")
    look_again(stage)
    found["catalogue"] = ask(stage, "nobody")
    for n in range(5):
        send(stage, f"user-{n}", ["a", "b"])
    send(stage, "user-x", ["a"])
    look_again(stage)
    found["trending"] = ask(stage, "nobody")
    found["session"] = ask(stage, "user-x")

    assert {name: answered.body["source"] for name, answered in found.items()} == {
        name: name for name in found}
    assert all(answered.body["why"] == SOURCES[name] for name, answered in found.items())
    assert set(found["catalogue"].ids) == {"a", "b", "c"}
    assert set(found["trending"].ids) == {"a", "b"}
    assert found["session"].ids == ["b"]
    assert found["session"].body["items"][0]["reasons"] == [
        {"signal": "co-visit", "share": 1.0, "because": ["a"]}]
    assert stage.counted("Fallbacks") == 3


def test_a_model_without_any_trend_answers_what_was_popular(serving: Stage) -> None:
    answered = ask(serving, "nobody")

    assert answered.body["source"] == "popular"
    assert len(answered.ids) == 10


def test_a_list_is_personal_and_says_why(serving: Stage) -> None:
    send(serving, "user-up", UP)

    answered = ask(serving, "user-up", ("k", "5"))

    assert answered.body["source"] == "personal"
    assert answered.ids[0] == "a9"
    assert [place["rank"] for place in answered.body["items"]] == [1, 2, 3, 4, 5]
    assert not set(answered.ids) & set(UP)
    first = answered.body["items"][0]
    assert first["title"] == "Item a9"
    assert set(first["reasons"][0]["because"]) <= set(UP)
    assert serving.counted("Fallbacks") == 0
    assert serving.counted("ModelAgeHours") >= 0


def test_direction_is_learned_so_the_same_last_item_leads_elsewhere(serving: Stage) -> None:
    send(serving, "user-up", UP)
    send(serving, "user-down", DOWN)

    assert (ask(serving, "user-up").ids[0], ask(serving, "user-down").ids[0]) == ("a9", "a7")


def test_a_click_not_yet_sent_changes_the_list_at_once(serving: Stage) -> None:
    send(serving, "user-up", UP)
    before = ask(serving, "user-up")

    after = ask(serving, "user-up", ("recent", "a9"), ("recent", "a10"))

    assert before.ids[0] == "a9"
    assert after.ids[0] == "a11"
    assert ask(serving, "user-up").ids == before.ids  # nothing of it was kept


def test_a_visitor_nobody_knows_is_served_by_recent_alone(serving: Stage) -> None:
    answered = ask(serving, "~visitor", *(("recent", item_id) for item_id in UP))

    assert (answered.body["source"], answered.ids[0]) == ("personal", "a9")


def test_seen_items_come_only_when_asked_for(serving: Stage) -> None:
    send(serving, "user-up", UP)

    without = ask(serving, "user-up", ("k", "100"))
    with_seen = ask(serving, "user-up", ("k", "100"), ("exclude_seen", "false"))

    assert not set(without.ids) & set(UP)
    assert set(UP) <= set(with_seen.ids)


def test_what_is_unavailable_vanishes_from_every_list(serving: Stage) -> None:
    send(serving, "user-up", UP)
    send(serving, "user-2", ["a9", "b1"])
    describe(serving, "a9", available=False)

    look_again(serving)

    assert "a9" not in ask(serving, "user-up", ("k", "100")).ids
    assert "a9" not in serving.call("GET", "/trending", query=[("k", "100")]).ids
    assert "a9" not in serving.call(
        "GET", "/items/{item_id}/similar", query=[("k", "100")], item_id="a8").ids


def test_an_erased_user_is_nobody(serving: Stage) -> None:
    send(serving, "user-up", UP)
    serving.call("DELETE", "/users/{user_id}", user_id="user-up")

    assert ask(serving, "user-up").body["source"] != "personal"


def test_items_like_one_are_its_neighbours(serving: Stage) -> None:
    answered = serving.call("GET", "/items/{item_id}/similar", query=[("k", "4")], item_id="b5")

    assert answered.body["source"] == "similar"
    assert {"b4", "b6"} <= set(answered.ids)
    assert "b5" not in answered.ids


def test_items_like_one_that_nobody_knows_are_a_fallback(serving: Stage) -> None:
    answered = serving.call("GET", "/items/{item_id}/similar", item_id="no such thing")

    assert (answered.status, answered.body["source"]) == (200, "popular")
    assert serving.counted("Fallbacks") == 1


def test_trends_know_what_was_clicked_a_moment_ago(serving: Stage) -> None:
    send(serving, "user-1", ["c1", "c2", "c1"])
    look_again(serving)

    for window in ("1h", "24h", "7d"):
        answered = serving.call("GET", "/trending", query=[("window", window)])
        assert (answered.body["source"], answered.body["window"]) == ("trending", window)
        assert answered.ids == ["c1", "c2"]


def test_health_tells_what_serves(serving: Stage) -> None:
    answered = serving.call("GET", "/health")

    current, _ = serving.registry().current() or ("", 0)
    assert answered.body == {"status": "ok", "model": current, "model_age_h": 0.0,
                             "catalogue": 48, "trending_items": 0}


def test_a_wrong_question_is_400_and_names_its_field(stage: Stage) -> None:
    for name, value in (("k", "0"), ("k", "101"), ("k", "ten"), ("exclude_seen", "no"),
                        ("recent", ""), ("recent", "x" * 257)):
        asked = stage.call("GET", LIST, query=[(name, value)], user_id="u")
        assert asked.error == (400, "invalid", name)
    many = [("recent", f"i{n}") for n in range(MAX_RECENT + 1)]
    assert stage.call("GET", LIST, query=many, user_id="u").error == (400, "invalid", "recent")
    assert stage.call("GET", LIST, user_id="~").error == (400, "invalid", "user_id")
    assert stage.call("GET", "/trending", query=[("window", "2d")]).error == (
        400, "invalid", "window")
    assert stage.counted("Recommendations") == 0


def desk(stage: Stage, shelf: Shelf, client: object) -> Desk:
    """A scorer over this DynamoDB and bucket."""
    around = Surroundings(LiveTrends(shelf, stage.pages(client)),
                          LiveCatalog(shelf, stage.items(client)), LOGGER)
    return Desk(stage.users(client), Scorer(shelf, stage.registry(client)), around, VOCABULARY,
                LOGGER)


def answers(desk: Desk) -> list[tuple[int, str]]:
    """Status and source of each kind of list."""
    asked = [proxy_event("GET", LIST, query=[("recent", "a1")], user_id="user-up"),
             proxy_event("GET", "/items/{item_id}/similar", item_id="a1"),
             proxy_event("GET", "/trending")]
    found = [respond(event, desk, "*") for event in asked]
    return [(int(a["statusCode"]), json.loads(a["body"])["source"]) for a in found]


def test_with_nothing_of_aws_in_reach_lists_are_empty_and_200(stage: Stage) -> None:
    far = Unreachable()

    assert answers(desk(stage, stage.shelf(far), far)) == [(200, "catalogue")] * 3


def test_without_dynamodb_the_roll_ups_serve(serving: Stage) -> None:
    answered = answers(desk(serving, serving.shelf(), Unreachable()))

    assert [status for status, _ in answered] == [200] * 3


def test_a_model_that_is_at_hand_serves_without_dynamodb(serving: Stage) -> None:
    at_hand = desk(serving, serving.shelf(), serving.client("dynamodb"))
    at_hand.scene(now_ms())
    for table in ("users_table", "items_table", "pages_table", "models_table"):
        serving.client("dynamodb").delete_table(TableName=serving.setting(table))

    assert answers(at_hand)[:2] == [(200, "personal"), (200, "similar")]
