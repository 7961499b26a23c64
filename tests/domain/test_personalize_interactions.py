"""What a call of PutEvents says is what the events say; the first wrong field refuses it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import MAX_EVENTS, Event
from domain.personalize import PersonalizeError
from domain.personalize_interactions import Interaction, known_type, parse_events
from domain.vocabulary import EventType, Vocabulary
from tests.domain.strategies import NOW_MS, VOCABULARY

SENT_S = NOW_MS // 1000 - 60
IDS = st.text(st.characters(min_codepoint=32, max_codepoint=1000, exclude_characters="\x7f"),
              min_size=1, max_size=20)
EVENTS = st.fixed_dictionaries(
    {"eventType": st.sampled_from(["view", "click", "purchase"]), "itemId": IDS,
     "sentAt": st.integers(0, SENT_S)},
    optional={"eventId": IDS, "eventValue": st.floats(-100, 100), "recommendationId": IDS,
              "impression": st.lists(IDS, min_size=1, max_size=25),
              "properties": st.dictionaries(st.sampled_from(["device", "DAY"]),
                                            st.integers(0, 9), min_size=1).map(json.dumps)})


def body(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"trackingId": "t", "sessionId": "s", "userId": "ann", **more,
            "eventList": [{"sentAt": SENT_S, "eventType": "click", **event} for event in events]}


def parsed(*events: dict[str, Any], **more: Any) -> list[Event]:
    return [event for batch in parse_events(body(*events, **more), NOW_MS, VOCABULARY)
            for event in batch.events]


def reason(*events: dict[str, Any], **more: Any) -> str:
    with pytest.raises(PersonalizeError) as raised:
        parsed(*events, **more)
    return str(raised.value)


@given(st.lists(EVENTS, min_size=1, max_size=10))
def test_nothing_that_is_said_is_lost(sent: list[dict[str, Any]]) -> None:
    batches = parse_events(body(*sent), NOW_MS, VOCABULARY)

    found = [event for batch in batches for event in batch.events]
    chosen = iter(found)
    for said in sent:
        event = next(chosen)
        assert (event.type, event.item_id) == (said["eventType"], said["itemId"])
        assert event.at_ms == said["sentAt"] * 1000
        assert event.value == said.get("eventValue")
        assert event.recommendation_id == said.get("recommendationId")
        assert (event.context or {}) == json.loads(said.get("properties", "{}"))
        assert "eventId" not in said or event.event_id == said["eventId"]
        shown = [next(chosen) for _ in set(said.get("impression", ()))]
        assert [one.item_id for one in shown] == list(dict.fromkeys(said.get("impression", ())))
        assert {one.type for one in shown} <= {"impression"}
    assert next(chosen, None) is None
    assert all(len(batch.events) <= MAX_EVENTS for batch in batches)
    assert {(batch.subject, batch.session_id) for batch in batches} == {("ann", "s")}


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_the_same_call_says_the_same_ids(sent: list[dict[str, Any]]) -> None:
    assert parsed(*sent) == parsed(*sent)
    assert {e.event_id for e in parsed(*sent, sessionId="other")} == {
        e.event_id for e in parsed(*sent)}


def test_what_differs_has_another_id() -> None:
    events = parsed({"itemId": "a"}, {"itemId": "b"}, {"itemId": "a", "eventValue": 1.0},
                    {"itemId": "a", "sentAt": SENT_S - 1}, {"itemId": "a", "eventType": "view"})

    assert len({event.event_id for event in events}) == 5
    assert parsed({"itemId": "a"})[0].event_id != parsed({"itemId": "a"}, userId="b")[0].event_id


def test_without_a_user_it_is_the_sessions() -> None:
    sent = body({"itemId": "a"})
    del sent["userId"]

    [batch] = parse_events(sent, NOW_MS, VOCABULARY)

    assert batch.subject == "~s"


def test_what_the_first_clients_said_in_properties_is_the_events() -> None:
    [event] = parsed({"properties": '{"itemId": "a", "eventValue": 3, "device": "x"}'})

    assert (event.item_id, event.value, event.context) == ("a", 3, {"device": "x"})


def test_who_is_to_be_credited_is_kept_beside_the_event() -> None:
    [event] = parsed({"itemId": "a", "metricAttribution": {"eventAttributionSource": "mail"}})

    assert event.context == {"eventAttributionSource": "mail"}


@pytest.mark.parametrize(("name", "ours"), [
    ("click", "click"), ("Click", "click"), ("AddToCart", "add_to_cart"), ("View", "view"),
    ("Add To Cart", "add_to_cart"), ("Watch", "Watch")])
def test_a_type_is_known_however_it_is_spelled(name: str, ours: str) -> None:
    assert known_type(name, VOCABULARY) == ours


def test_a_declared_type_is_known_as_it_was_declared() -> None:
    declared = Vocabulary([EventType("Click", 64, 1.0)])

    assert known_type("Click", declared) == "Click"


@pytest.mark.parametrize(("event", "said"), [
    ({"itemId": "a", "eventType": "wave"}, "eventList[1].eventType must be one of view"),
    ({}, "eventList[1].itemId is required"),
    ({"itemId": "a\n"}, "eventList[1].itemId must hold printable"),
    ({"itemId": "a", "impression": ["b\n"]}, "eventList[1].impression.itemId must hold printable"),
    ({"itemId": "a", "sentAt": NOW_MS}, "eventList[1].sentAt must be at most"),
    ({"itemId": "a", "sentAt": NOW_MS // 1000 + 10**6}, "eventList[1].sentAt is 277 hours ahead"),
    ({"itemId": "a", "wave": 1}, "eventList[1].wave is not a known field"),
    ({"itemId": "a", "properties": '{"x": [1]}'}, "eventList[1].properties.x must be"),
    ({"itemId": "a", "properties": '{"SESSION_ID": "x"}'}, "properties.SESSION_ID is a keyword"),
    ({"itemId": "a", "properties": '{"itemId": "b"}'}, "properties.itemId is another one"),
    ({"properties": '{"itemId": 5}'}, "eventList[1].itemId must be string"),
    ({"itemId": "a", "properties": "[]"}, "eventList[1].properties must be a JSON object")])
def test_what_is_wrong_is_named_in_the_callers_words(event: dict[str, Any], said: str) -> None:
    assert said in reason({"itemId": "good"}, event)


def test_a_call_of_bad_events_alone_is_named_too() -> None:
    assert reason({"itemId": "\n"}).startswith("eventList[0].itemId must")
    assert reason({"itemId": "a"}, userId="~a").startswith("userId must")
    assert reason({"itemId": "a"}, sessionId="s" * 200).startswith("sessionId must")
    assert reason({"itemId": "a"}, wave=1) == "wave is not a known field"


def test_an_interaction_of_a_row_has_the_id_of_the_same_one_of_a_call() -> None:
    [event] = parsed({"itemId": "a", "eventValue": 2.0})

    [row] = Interaction("click", "a", SENT_S * 1000, 2.0).events("ann")

    assert row["event_id"] == event.event_id
