"""What is known of a user: said, shown, and joined from sessions."""

import json

from domain.features import Interaction, UserState
from domain.key import item_key
from domain.layout import CATALOG_KEY
from domain.snapshot import EMPTY as NO_CATALOG
from functions.manage_users import RECENT_EVENTS, Adapters, describe, respond
from functions.surroundings import LiveCatalog
from tests.functions.faults import Unreachable
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


def join(stage: Stage, session_id: object = "visit", user_id: str = "user-1") -> Answer:
    return stage.call("POST", f"{USER}/sessions", {"session_id": session_id}, user_id=user_id)


def visit(stage: Stage, *item_ids: str) -> Answer:
    events = [{"event_id": f"visit-{item_id}", "type": "click", "item_id": item_id,
               "at": NOW_MS - 1000 + n} for n, item_id in enumerate(item_ids)]
    return stage.call("POST", "/events", {"session_id": "visit", "events": events})


def items_of(stage: Stage, subject: str) -> list[int]:
    return [entry.item for entry in stage.state(subject).history]


def test_what_a_session_did_is_the_users_once_it_is_joined(stage: Stage) -> None:
    click(stage, "lamp")
    visit(stage, "sofa", "rug")
    stage.cloud.drain()

    answered = join(stage)
    stage.cloud.drain()

    assert (answered.status, answered.body) == (
        200, {"user_id": "user-1", "session_id": "visit", "joined": True})
    assert items_of(stage, "user-1") == [item_key(i) for i in ("sofa", "rug", "lamp")]
    assert stage.state("user-1").counts == {2: 3}
    assert items_of(stage, "~visit") == []


def test_what_a_session_does_later_is_the_users_wherever_it_is_on_its_way(stage: Stage) -> None:
    visit(stage, "sofa")  # still on the stream when the session is joined
    join(stage)
    visit(stage, "rug")

    stage.cloud.drain()
    visit(stage, "lamp")
    stage.cloud.drain()

    assert set(items_of(stage, "user-1")) == {item_key(i) for i in ("lamp", "rug", "sofa")}
    assert stage.state("user-1").counts == {2: 3}


def test_joining_a_session_twice_changes_nothing(stage: Stage) -> None:
    visit(stage, "sofa")
    join(stage)
    stage.cloud.drain()
    before = stage.state("user-1")

    answered = join(stage)
    stage.cloud.drain()

    assert answered.status == 200
    assert stage.state("user-1")._replace(applied=before.applied) == before


def test_a_session_of_another_user_is_refused(stage: Stage) -> None:
    join(stage)

    answered = join(stage, user_id="user-2")

    assert answered.error == (409, "joined", "session_id")
    assert len(stage.on_stream()) == 1


def test_a_join_that_is_wrong_is_named(stage: Stage) -> None:
    assert join(stage, 7).error == (400, "invalid", "session_id")
    assert join(stage, "s" * 128).error == (400, "invalid", "session_id")
    assert join(stage, user_id="~other").error == (400, "invalid", "user_id")
    assert stage.call("POST", f"{USER}/sessions", {}, user_id="user-1").error == (
        400, "invalid", "session_id")


def test_nobody_who_is_erased_is_joined(stage: Stage) -> None:
    stage.users().erase("user-1", NOW_MS)

    assert join(stage).error == (410, "erased", "user_id")
    assert stage.on_stream() == []


def test_a_join_that_is_not_on_the_stream_is_asked_for_again(stage: Stage) -> None:
    visit(stage, "sofa")
    given = adapters_of(stage)._replace(stream=stage.stream(Unreachable()))
    event = proxy_event("POST", f"{USER}/sessions", {"session_id": "visit"}, user_id="user-1")
    assert respond(event, given)["statusCode"] == 503

    join(stage)
    stage.cloud.drain()

    assert items_of(stage, "user-1") == [item_key("sofa")]


def test_no_log_line_names_a_user(stage: Stage) -> None:
    put(stage, {"segment": "new"})

    stage.call("DELETE", USER, user_id="user-1")
    join(stage)

    assert all("user-1" not in line for line in stage.logged())


def adapters_of(stage: Stage) -> Adapters:
    return Adapters(stage.users(), stage.sessions(), stage.stream(),
                    LiveCatalog(stage.shelf(), stage.items()), VOCABULARY, OPEN)


def status_of(method: str, given: Adapters) -> int:
    return int(respond(proxy_event(method, USER, user_id="user-1"), given)["statusCode"])


def test_what_cannot_be_read_now_is_503(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    stage.shelf().put(CATALOG_KEY, b"damaged")

    damaged = LiveCatalog(stage.shelf(), stage.items())
    far = stage.users(Unreachable())

    for users in (stage.users(), far):
        given = adapters_of(stage)._replace(users=users, catalog=damaged)
        assert status_of("GET", given) == 503


def test_only_the_newest_events_are_told_and_a_type_of_the_past_by_its_code() -> None:
    history = tuple(Interaction(n, n, 200) for n in range(RECENT_EVENTS + 5))

    told = describe(UserState(history, {200: 25}), NO_CATALOG, VOCABULARY, NOW_MS)

    assert told["events"] == {"type 200": 25}
    assert [e["at_ms"] for e in told["recent"]] == list(range(24, 4, -1))
