"""What is known of a user: said, shown, and forgotten."""

import json

from domain.erasure import read_mark
from domain.features import Interaction, UserState
from domain.key import item_key, subject_hash
from domain.layout import CATALOG_KEY, ERASURES
from domain.snapshot import EMPTY as NO_CATALOG
from functions.manage_users import RECENT_EVENTS, Adapters, describe, respond
from functions.surroundings import LiveCatalog
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import NOW_MS, OPEN, VOCABULARY, Answer, Stage, proxy_event

USER = "/users/{user_id}"


def put(stage: Stage, body: object, user_id: str = "user-1") -> Answer:
    return stage.call("PUT", USER, body, user_id=user_id)


def get(stage: Stage, user_id: str = "user-1") -> Answer:
    return stage.call("GET", USER, user_id=user_id)


def click(stage: Stage, *item_ids: str, user_id: str = "user-1") -> Answer:
    events = [{"event_id": f"{item_id}-{n}", "type": "click", "item_id": item_id,
               "at": NOW_MS + n} for n, item_id in enumerate(item_ids)]
    answered = stage.call("POST", "/events", {"user_id": user_id, "events": events})
    stage.cloud.drain()
    return answered


def test_attributes_are_kept_whole_and_replaced_whole(stage: Stage) -> None:
    said = {"age_band": "30-39", "segment": "new", "language": "čeština", "attributes": {"n": 1}}

    answered = put(stage, said)

    assert (answered.status, answered.body) == (200, {"user_id": "user-1", **said})
    assert get(stage).body.items() >= said.items()
    put(stage, {"segment": "old"})
    assert "language" not in get(stage).body


def test_attributes_that_are_wrong_are_named(stage: Stage) -> None:
    assert put(stage, {"segment": 7}).error == (400, "invalid", "segment")
    assert put(stage, {"colour": "red"}).error == (400, "invalid", "colour")
    assert put(stage, {"attributes": {"a": []}}).error == (400, "invalid", "attributes.a")
    assert put(stage, []).error == (400, "invalid", "body")
    assert put(stage, {}, user_id="u" * 129).error == (400, "invalid", "user_id")
    assert get(stage).error == (404, "not_found", "user_id")


def test_a_profile_tells_events_and_affinities(stage: Stage) -> None:
    stage.call("PUT", "/items", {"items": [{"item_id": "lamp", "categories": ["light"]}]})

    click(stage, "unnamed", "lamp")

    profile = get(stage).body
    assert profile["events"] == {"click": 2}
    assert (profile["first_ms"], profile["last_ms"]) == (NOW_MS, NOW_MS + 1)
    assert [(e["item_id"], e["type"], e["at_ms"]) for e in profile["recent"]] == [
        ("lamp", "click", NOW_MS + 1), (f"{item_key('unnamed'):016x}", "click", NOW_MS)]
    assert "light" in json.dumps(profile["affinities"])


def test_a_session_has_a_profile_too(stage: Stage) -> None:
    stage.call("POST", "/events", {"session_id": "s", "events": [
        {"event_id": "e", "type": "view", "item_id": "lamp"}]})
    stage.cloud.drain()

    assert get(stage, "~s").body["events"] == {"view": 1}


def test_erasure_forgets_at_once_and_refuses_what_comes(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    click(stage, "lamp")

    answered = stage.call("DELETE", USER, user_id="user-1")

    assert (answered.status, answered.body) == (200, {"user_id": "user-1", "erased": True})
    assert get(stage).error == (404, "not_found", "user_id")
    assert put(stage, {"segment": "new"}).error == (410, "erased", "user_id")
    assert click(stage, "lamp").error == (410, "erased", "user_id")
    assert get(stage).status == 404


def test_events_on_their_way_do_not_outlive_an_erasure(stage: Stage) -> None:
    stage.call("POST", "/events", {"user_id": "user-1", "events": [
        {"event_id": "e", "type": "view", "item_id": "lamp"}]})
    stage.call("DELETE", USER, user_id="user-1")

    stage.cloud.drain()

    assert get(stage).status == 404
    assert stage.counted("EventsOfErasedUsers") == 1


def test_who_was_never_seen_may_be_erased(stage: Stage) -> None:
    assert stage.call("DELETE", USER, user_id="nobody").status == 200
    assert click(stage, "lamp", user_id="nobody").status == 410


def test_no_log_line_names_a_user(stage: Stage) -> None:
    put(stage, {"segment": "new"})

    stage.call("DELETE", USER, user_id="user-1")

    assert all("user-1" not in line for line in stage.logged())


def status_of(method: str, given: Adapters) -> int:
    return int(respond(proxy_event(method, USER, user_id="user-1"), given)["statusCode"])


def test_an_erasure_is_known_outside_the_table_without_a_name(stage: Stage) -> None:
    stage.call("DELETE", USER, user_id="user-1")

    (key,) = stage.keys(ERASURES)

    assert read_mark(key) == (subject_hash("user-1"), NOW_MS)
    assert "user-1" not in key
    assert stage.shelf().get(key) == b""


def test_an_erasure_that_fails_between_its_two_writes_is_marked_and_asked_for_again(
    stage: Stage
) -> None:
    catalog = LiveCatalog(stage.shelf(), stage.items())
    half = stage.users(Faulty(stage.client("dynamodb"), {"update_item": None}))

    status = status_of("DELETE", Adapters(half, stage.shelf(), catalog, VOCABULARY, OPEN))

    assert status == 503
    assert len(stage.keys(ERASURES)) == 1
    assert not stage.users().is_erased("user-1")


def test_without_the_bucket_nobody_is_told_that_they_are_erased(stage: Stage) -> None:
    catalog, far = LiveCatalog(stage.shelf(), stage.items()), stage.shelf(Unreachable())

    status = status_of("DELETE", Adapters(stage.users(), far, catalog, VOCABULARY, OPEN))

    assert status == 503
    assert not stage.users().is_erased("user-1")


def test_what_cannot_be_read_now_is_503(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    stage.shelf().put(CATALOG_KEY, b"damaged")

    damaged = LiveCatalog(stage.shelf(), stage.items())
    far = stage.users(Unreachable())

    for users in (stage.users(), far):
        given = Adapters(users, stage.shelf(), damaged, VOCABULARY, OPEN)
        assert status_of("GET", given) == 503


def test_only_the_newest_events_are_told_and_a_type_of_the_past_by_its_code() -> None:
    history = tuple(Interaction(n, n, 200) for n in range(RECENT_EVENTS + 5))

    told = describe(UserState(history, {200: 25}), NO_CATALOG, VOCABULARY, NOW_MS)

    assert told["events"] == {"type 200": 25}
    assert [e["at_ms"] for e in told["recent"]] == list(range(24, 4, -1))
