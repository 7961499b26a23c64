"""To be forgotten, to consent again, and to be told what is held."""

import json
from contextlib import suppress
from typing import Any

import pytest

from domain.erasure import Act, Mark, read_mark
from domain.export import DONE, folder_of
from domain.features import Interaction
from domain.key import item_key, subject_hash
from domain.layout import ERASURES, EXPORTS, PAGE_TTL_S
from functions import manage_privacy
from functions.manage_privacy import Adapters, respond
from functions.sweep_log import sweep
from functions.users import ErasedError
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import NOW_MS, OPEN, VOCABULARY, Answer, Stage, proxy_event
from tests.functions.test_manage_users import USER, click, get, items_of, join, put, visit

LATER_MS = 3_600_000


def delete(stage: Stage, user_id: str = "user-1", *query: tuple[str, str], at_ms: int = NOW_MS
           ) -> Answer:
    return stage.call("DELETE", USER, None, query, at_ms, user_id=user_id)


def ask(stage: Stage, method: str, what: str, user_id: str = "user-1") -> Answer:
    return stage.call(method, f"{USER}/{what}", received_ms=NOW_MS + LATER_MS, user_id=user_id)


def adapters_of(stage: Stage) -> Adapters:
    return Adapters(stage.users(), stage.sessions(), stage.shelf(), VOCABULARY, OPEN)


def status_of(method: str, given: Adapters) -> int:
    return int(respond(proxy_event(method, USER, user_id="user-1"), given)["statusCode"])


def marks(stage: Stage) -> list[Mark]:
    return [read_mark(key) for key in stage.keys(ERASURES)]


def test_erasure_forgets_at_once_and_refuses_what_comes(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    click(stage, "lamp")

    answered = delete(stage)

    assert (answered.status, answered.body) == (200, {
        "user_id": "user-1", "erased": True, "forgotten": "all", "asked_ms": NOW_MS,
        "rows_deleted": 2, "sessions": 0, "pages_expire_ms": NOW_MS + PAGE_TTL_S * 1000,
        "event_log": {"rewritten_ms": None, "records": 0, "objects": 0, "unread_objects": 0}})
    assert get(stage).error == (404, "not_found", "user_id")
    assert put(stage, {"segment": "new"}).error == (410, "erased", "user_id")
    assert click(stage, "lamp").error == (410, "erased", "user_id")
    assert get(stage).status == 404


def test_events_on_their_way_do_not_outlive_an_erasure(stage: Stage) -> None:
    stage.call("POST", "/events", {"user_id": "user-1", "events": [
        {"event_id": "e", "type": "view", "item_id": "lamp"}]})
    delete(stage)

    stage.cloud.drain()

    assert get(stage).status == 404
    assert stage.counted("EventsOfErasedUsers") == 1


def test_who_was_never_seen_may_be_erased(stage: Stage) -> None:
    assert delete(stage, "nobody").status == 200
    assert click(stage, "lamp", user_id="nobody").status == 410


def test_the_sessions_of_a_user_are_erased_with_them(stage: Stage) -> None:
    visit(stage, "sofa")
    join(stage)
    stage.cloud.drain()

    answered = delete(stage)

    assert (answered.body["sessions"], answered.body["rows_deleted"]) == (1, 3)
    assert {mark.who for mark in marks(stage)} == {subject_hash(s) for s in ("user-1", "~visit")}
    assert visit(stage, "rug").error == (410, "erased", "user_id")
    assert {part for _, part in stage.users().rows()} == {"erased"}


def test_a_session_alone_may_be_erased(stage: Stage) -> None:
    visit(stage, "sofa")
    stage.cloud.drain()

    assert delete(stage, "~visit").body["rows_deleted"] == 1

    assert visit(stage, "sofa").status == 410


@pytest.mark.parametrize("query", [(), (("forget", "events"),)])
def test_a_joined_session_is_not_erased_without_its_user(
    stage: Stage, query: tuple[tuple[str, str], ...]
) -> None:
    visit(stage, "sofa")
    join(stage)
    stage.cloud.drain()

    answered = delete(stage, "~visit", *query)

    assert answered.error == (409, "joined", "user_id")
    assert "user-1" in answered.body["error"]["message"]
    assert marks(stage) == []
    assert items_of(stage, "user-1") == [item_key("sofa")]
    assert visit(stage, "rug").status == 202
    assert delete(stage).status == 200
    assert delete(stage, "~visit").status == 200  # erased with its user: once more changes nothing


def test_events_alone_may_be_forgotten_and_who_comes_again_is_new(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    click(stage, "lamp")
    stage.call("POST", "/events", {"user_id": "user-1", "events": [  # and is on its way
        {"event_id": "late", "type": "view", "item_id": "rug"}]})

    answered = delete(stage, "user-1", ("forget", "events"))
    stage.cloud.drain()

    assert (answered.body["erased"], answered.body["forgotten"]) == (False, "events")
    assert get(stage).body["segment"] == "new"
    assert stage.state("user-1").counts == {}
    event = {"event_id": "new", "type": "click", "item_id": "sofa"}
    stage.call("POST", "/events", {"user_id": "user-1", "events": [event]},
               received_ms=NOW_MS + 1)
    stage.cloud.drain()
    assert items_of(stage, "user-1") == [item_key("sofa")]


def test_what_a_session_did_is_forgotten_with_its_users_events(stage: Stage) -> None:
    visit(stage, "sofa")
    join(stage)

    delete(stage, "user-1", ("forget", "events"))
    stage.cloud.drain()

    assert items_of(stage, "user-1") == items_of(stage, "~visit") == []
    assert stage.sessions().owner("~visit") == "user-1"
    assert {mark.act for mark in marks(stage)} == {Act.FORGOTTEN}


def test_what_to_forget_is_said_in_words_that_are_known(stage: Stage) -> None:
    assert delete(stage, "user-1", ("forget", "some")).error == (400, "invalid", "forget")


def test_who_is_erased_stays_erased_when_events_are_to_be_forgotten(stage: Stage) -> None:
    delete(stage)

    answered = delete(stage, "user-1", ("forget", "events"), at_ms=NOW_MS + 1)

    assert answered.body["erased"]
    assert stage.users().is_erased("user-1")


def test_who_consents_is_new(stage: Stage) -> None:
    click(stage, "lamp")
    delete(stage)

    answered = ask(stage, "PUT", "consent")

    assert (answered.status, answered.body) == (200, {"user_id": "user-1", "erased": False})
    assert put(stage, {"segment": "new"}).status == 200
    event = {"event_id": "new", "type": "click", "item_id": "sofa"}
    posted = stage.call("POST", "/events", {"user_id": "user-1", "events": [event]},
                        received_ms=NOW_MS + LATER_MS + 1)
    stage.cloud.drain()
    assert posted.status == 202
    assert stage.state("user-1").history == (
        Interaction(NOW_MS + LATER_MS + 1, item_key("sofa"), 2),)


def test_who_consents_has_no_sessions_until_they_consent_too(stage: Stage) -> None:
    visit(stage, "sofa")
    join(stage)
    stage.cloud.drain()
    delete(stage)

    ask(stage, "PUT", "consent")

    assert visit(stage, "rug").error == (410, "erased", "user_id")
    assert join(stage).error == (410, "erased", "user_id")
    assert ask(stage, "PUT", "consent", "~visit").status == 200
    assert join(stage).status == 200


def test_who_was_never_erased_has_nothing_to_consent_to(stage: Stage) -> None:
    click(stage, "lamp")

    assert ask(stage, "PUT", "consent").status == 200

    assert marks(stage) == []
    assert stage.state("user-1").counts == {2: 1}


def test_an_erasure_is_known_outside_the_table_without_a_name(stage: Stage) -> None:
    delete(stage)

    (key,) = stage.keys(ERASURES)

    assert read_mark(key) == Mark(subject_hash("user-1"), NOW_MS, Act.ERASED)
    assert "user-1" not in key
    assert stage.shelf().get(key) == b""


def test_an_erasure_that_fails_between_its_writes_is_marked_and_asked_for_again(
    stage: Stage
) -> None:
    half = stage.users(Faulty(stage.client("dynamodb"), {"put_item": None}))

    status = status_of("DELETE", adapters_of(stage)._replace(users=half))

    assert status == 503
    assert len(marks(stage)) == 1
    assert not stage.users().is_erased("user-1")


def test_an_erasure_goes_on_where_it_failed(stage: Stage) -> None:
    for n in range(3):
        stage.sessions().join(f"~{n}", "user-1")
    client = Faulty(stage.client("dynamodb"), {"delete_item": [4]})
    given = adapters_of(stage)._replace(users=stage.users(client), sessions=stage.sessions(client))
    assert status_of("DELETE", given) == 503

    delete(stage)

    assert {part for _, part in stage.users().rows()} == {"erased"}
    assert all(stage.users().is_erased(who) for who in ("~0", "~1", "~2", "user-1"))


def test_without_the_bucket_nobody_is_told_that_they_are_erased(stage: Stage) -> None:
    far = stage.shelf(Unreachable())

    status = status_of("DELETE", adapters_of(stage)._replace(shelf=far))

    assert status == 503
    assert not stage.users().is_erased("user-1")


def test_a_receipt_tells_what_was_done_and_when(stage: Stage) -> None:
    click(stage, "lamp")
    delete(stage)
    assert ask(stage, "GET", "erasure").body["event_log"]["rewritten_ms"] is None

    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)

    receipt = ask(stage, "GET", "erasure").body
    assert receipt["erased"]
    assert receipt["event_log"] == {"rewritten_ms": NOW_MS + LATER_MS, "records": 1, "objects": 1,
                                    "unread_objects": 0}


def test_a_second_erasure_leaves_the_receipt_of_the_first(stage: Stage) -> None:
    visit(stage, "sofa")
    join(stage)
    click(stage, "lamp")
    first = delete(stage).body
    delete(stage)  # in the same millisecond
    delete(stage, at_ms=NOW_MS + 5)

    told = ask(stage, "GET", "erasure").body

    assert first["sessions"] == 1
    assert [body["asked_ms"] for body in (told, *told["earlier"])] == [
        NOW_MS + 5, NOW_MS + 1, NOW_MS]
    assert [body["rows_deleted"] for body in (told, *told["earlier"])] == [
        0, 0, first["rows_deleted"]]
    assert told["earlier"][-1]["sessions"] == 1


def test_no_more_receipts_are_told_than_one_answer_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_privacy, "MAX_RECEIPTS", 2)
    for n in range(3):
        delete(stage, at_ms=NOW_MS + n)

    told = ask(stage, "GET", "erasure").body

    assert told["asked_ms"] == NOW_MS + 2
    assert [body["asked_ms"] for body in told["earlier"]] == [NOW_MS + 1]


def test_who_was_never_erased_has_no_receipt(stage: Stage) -> None:
    assert ask(stage, "GET", "erasure").error == (404, "not_found", "user_id")


def test_everything_held_is_told_once_the_log_was_searched(stage: Stage) -> None:
    put(stage, {"segment": "new"})
    visit(stage, "sofa")
    join(stage)
    click(stage, "lamp", "rug")
    click(stage, "lamp", user_id="other")

    before = ask(stage, "GET", "export")
    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)
    after = ask(stage, "GET", "export")

    assert (before.status, before.body["event_log"]) == (202, {"status": "searching"})
    assert after.status == 200
    told = after.body
    assert told["attributes"] == {"segment": "new"}
    assert told["sessions"] == ["~visit"]
    assert told["state"]["events"] == {"click": 3}
    assert len(told["state"]["history"]) == 3
    assert told["event_log"]["status"] == "complete"
    records = told["event_log"]["records"]
    assert {r["subject"] for r in records} == {"user-1", "~visit"}
    assert sorted(e["item_id"] for r in records for e in r["events"]) == ["lamp", "rug", "sofa"]


def test_what_was_gathered_twice_is_told_once(stage: Stage) -> None:
    click(stage, "lamp")
    ask(stage, "GET", "export")
    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)
    (part,) = [key for key in stage.keys(EXPORTS) if key.endswith(".json")]
    data = stage.shelf().get(part)
    assert data is not None
    stage.shelf().put(f"{part}-again.json", data)

    assert len(ask(stage, "GET", "export").body["event_log"]["records"]) == 1


def test_more_than_an_answer_holds_is_told_where_to_fetch(stage: Stage) -> None:
    click(stage, "lamp")
    folder = folder_of(subject_hash("user-1"))
    stage.shelf().put(f"{folder}1.json", json.dumps(["x" * manage_privacy.MAX_ANSWER_BYTES]
                                                    ).encode())
    stage.shelf().put(folder + DONE, b"")

    told: dict[str, Any] = ask(stage, "GET", "export").body["event_log"]

    (url,) = told["urls"]
    assert f"{folder}1.json" in url
    assert "records" not in told


def test_who_is_erased_is_told_nothing_and_what_was_gathered_is_gone(stage: Stage) -> None:
    click(stage, "lamp")
    ask(stage, "GET", "export")
    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)

    delete(stage)

    assert ask(stage, "GET", "export").error == (410, "erased", "user_id")
    assert stage.keys(EXPORTS) == []


def test_no_log_line_names_who_is_forgotten(stage: Stage) -> None:
    click(stage, "lamp")

    delete(stage)
    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)

    assert all("user-1" not in line for line in stage.logged())


class Joiner:
    """A client before whose first query a session of the user is joined."""

    def __init__(self, stage: Stage) -> None:
        self._client, self._stage = stage.client("dynamodb"), stage

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            with suppress(ErasedError):
                self._stage.sessions().join("~late", "user-1")
        return getattr(self._client, name)


def test_a_join_during_an_erasure_leaves_no_name(stage: Stage) -> None:
    click(stage, "lamp")
    given = adapters_of(stage)._replace(sessions=stage.sessions(Joiner(stage)))

    assert status_of("DELETE", given) == 200

    assert {part for _, part in stage.users().rows()} == {"erased"}


class JoinedMeanwhile:
    """A client before whose first mark of an erasure the session is joined."""

    def __init__(self, stage: Stage) -> None:
        self._client, self._stage = stage.client("dynamodb"), stage

    def __getattr__(self, name: str) -> Any:
        if name == "put_item":
            with suppress(ErasedError):
                self._stage.sessions().join("~visit", "user-1")
        return getattr(self._client, name)


def test_a_session_that_is_joined_while_it_is_erased_is_named_nowhere(stage: Stage) -> None:
    given = adapters_of(stage)._replace(users=stage.users(JoinedMeanwhile(stage)))

    answered = respond(proxy_event("DELETE", USER, user_id="~visit"), given)

    assert answered["statusCode"] == 200
    assert {part for _, part in stage.users().rows()} == {"erased"}


def test_a_request_that_was_answered_is_not_searched_for_again(stage: Stage) -> None:
    click(stage, "lamp")
    ask(stage, "GET", "export")
    sweep(stage.shelf(), LATER_MS, NOW_MS + LATER_MS)

    again = sweep(stage.shelf(), LATER_MS, NOW_MS + 2 * LATER_MS, lambda: False)

    assert again.sweep is None
