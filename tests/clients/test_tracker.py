import logging
import time
from typing import Any

import pytest
from headwater_client.answer import Answer
from headwater_client.tracker import Tracker, subject_of

LIST = {"user_id": "ann", "recommendation_id": "list-1", "items": [{"item_id": "a"}]}


def events(tracker: Tracker, subject: str) -> list[dict[str, Any]]:
    return [entry.event for entry in tracker.outbox.of(subject) if entry.event]


def test_an_event_gets_its_id_and_time_when_it_happens() -> None:
    tracker = Tracker("http://h", {})
    began_ms = time.time_ns() // 1_000_000

    event_id, _ = tracker.track("click", "a", {"user_id": "ann"})

    [event] = events(tracker, "ann")
    assert event["event_id"] == event_id
    assert began_ms <= event["at"] <= time.time_ns() // 1_000_000
    assert set(event) == {"event_id", "type", "item_id", "at"}


def test_an_event_says_what_it_is_told_to_say() -> None:
    tracker = Tracker("http://h", {})

    tracker.track("rate", "a", {"session_id": "s", "value": 4.0, "at": "2026-01-01T00:00:00Z",
                                "context": {"page": "home"}, "recommendation_id": "r"})

    [event] = events(tracker, "~s")
    assert (event["value"], event["at"], event["context"], event["recommendation_id"]) == (
        4.0, "2026-01-01T00:00:00Z", {"page": "home"}, "r")


def test_an_event_is_what_it_was_when_it_was_tracked() -> None:
    tracker, context = Tracker("http://h", {}), {"page": "home"}
    tracker.track("view", "a", {"user_id": "ann", "context": context})

    context["page"] = "other"

    assert events(tracker, "ann")[0]["context"] == {"page": "home"}


@pytest.mark.parametrize(("about", "error"), [
    ({}, ValueError), ({"user_id": "\ud800"}, ValueError),
    ({"user_id": "ann", "value": float("nan")}, ValueError),
    ({"user_id": "ann", "context": {"a": object()}}, TypeError)])
def test_what_can_never_be_sent_is_refused_at_once(
    about: Any, error: type[Exception]
) -> None:
    tracker = Tracker("http://h", {})

    with pytest.raises(error):
        tracker.track("view", "a", about)

    assert tracker.outbox.counts.tracked == 0


@pytest.mark.parametrize("url", ["api.example", "ftp://h", "/v1"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Tracker(url, {})


def test_a_user_goes_before_a_session() -> None:
    assert subject_of({"user_id": "ann", "session_id": "s"}) == "ann"


def test_what_comes_of_a_list_names_it_unless_it_names_another() -> None:
    tracker = Tracker("http://h", {})
    tracker.impressions(LIST)

    tracker.track("click", "a", {"user_id": "ann"})
    tracker.track("click", "a", {"user_id": "ann", "recommendation_id": "other"})
    tracker.track("click", "a", {"user_id": "bob"})

    assert [(e["type"], e.get("recommendation_id")) for e in events(tracker, "ann")] == [
        ("impression", "list-1"), ("click", "list-1"), ("click", "other")]
    assert "recommendation_id" not in events(tracker, "bob")[0]


def test_a_list_for_a_session_is_attributed_to_the_session() -> None:
    tracker = Tracker("http://h", {})

    tracker.impressions({**LIST, "user_id": "~s"})

    assert len(events(tracker, "~s")) == 1


def test_what_was_refused_is_not_recent() -> None:
    tracker = Tracker("http://h", {"window_s": 0.0})
    for item in "ab":
        tracker.track("click", item, {"user_id": "ann"})
    sending = tracker.next()
    assert sending

    tracker.settle(sending[0], Answer(202, {"accepted": 1, "rejected": [
        {"index": 0, "field": "type", "reason": "no"}]}))

    assert tracker.list_call({"user_id": "ann"}, None, True).path.endswith("?recent=b")


def test_news_is_logged_unless_somebody_wants_it(caplog: pytest.LogCaptureFixture) -> None:
    tracker = Tracker("http://h", {"window_s": 0.0})
    tracker.track("click", "a", {"user_id": "ann"})
    sending = tracker.next()
    assert sending

    with caplog.at_level(logging.WARNING):
        tracker.tell(tracker.settle(sending[0], Answer(403, {"message": "Forbidden"})))
        tracker.outbox.hurry()
        sending = tracker.next()
        assert sending
        tracker.tell(tracker.settle(sending[0], Answer(400, {"error": {
            "message": "no", "field": "type"}})))

    assert [record.getMessage() for record in caplog.records] == [
        "not taken yet: 403 Forbidden", "dropped, refused: type no"]
