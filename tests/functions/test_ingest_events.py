"""What a sender may get wrong is answered by name; what is answered 202 is on the stream."""

import json
from typing import Any

from domain.record import decode_batch
from functions.ingest_events import Adapters, metrics, respond
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import NOW_MS, OPEN, VOCABULARY, Answer, Stage, proxy_event

CLICK = {"event_id": "e1", "type": "click", "item_id": "i1"}
HOUR_MS = 3_600_000


def post(stage: Stage, *events: Any, **envelope: Any) -> Answer:
    return stage.call("POST", "/events", {"user_id": "user-1", **envelope, "events": list(events)})


def test_a_good_batch_is_on_the_stream(stage: Stage) -> None:
    rated = {**CLICK, "event_id": "e2", "type": "rate", "value": 4.5, "at": "2025-10-09T08:53:20Z",
             "context": {"page": "home"}, "recommendation_id": "r1"}

    answered = post(stage, CLICK, rated, session_id="s1")

    assert (answered.status, answered.body) == (202, {"accepted": 2, "rejected": []})
    [data] = stage.on_stream()
    batch = decode_batch(data)
    assert (batch.subject, batch.session_id, batch.received_ms) == ("user-1", "s1", NOW_MS)
    assert [(e.event_id, e.at_ms, e.value) for e in batch.events] == [
        ("e1", NOW_MS, None), ("e2", NOW_MS, 4.5)]


def test_what_is_taken_leaves_no_line_here_and_is_counted_where_it_is_folded(stage: Stage) -> None:
    post(stage, CLICK, {**CLICK, "event_id": "e2"})

    assert stage.printed() == ""
    stage.cloud.drain()
    assert stage.counted("EventsFolded") == 2


BAD_EVENTS = [
    ({**CLICK, "item_id": 7}, "item_id", "must be string"),
    ({**CLICK, "type": "tickle"}, "type", "must be one of view, click"),
    ({**CLICK, "type": ["click"]}, "type", "must be string"),
    ({**CLICK, "at": NOW_MS + 25 * HOUR_MS}, "at", "is 25 hours ahead of the server's clock"),
    ({**CLICK, "at": "9999-12-31T23:59:59Z"}, "at", "hours ahead"),
    ({**CLICK, "at": 10**30}, "at", "at most"),
    ({**CLICK, "at": "yesterday"}, "at", "RFC 3339"),
    ({**CLICK, "at": "2025-10-09T08:53:20"}, "at", "time zone"),
    ({**CLICK, "value": "4"}, "value", "must be number"),
    ({**CLICK, "value": True}, "value", "must be number"),
    ({**CLICK, "item_id": ""}, "item_id", ""),
    ({**CLICK, "item_id": "i" * 1_000_000}, "item_id", "256"),
    ({**CLICK, "item_id": "\ud800"}, "item_id", "surrogate"),
    ({**CLICK, "item_id": "a\x00b"}, "item_id", "printable"),
    ({**CLICK, "context": {"a": {"b": 1}}}, "context.a", ""),
    ({**CLICK, "context": {"a": "x" * 1_000_000}}, "context.a", "256"),
    ({**CLICK, "colour": "red"}, "colour", ""),
    ({"type": "click", "item_id": "i1"}, "event_id", "required"),
    ("click", "event", "must be object"),
    (None, "event", "must be object"),
]


def test_bad_events_are_named_and_the_good_one_beside_them_taken(stage: Stage) -> None:
    answered = post(stage, *(event for event, _, _ in BAD_EVENTS), {**CLICK, "event_id": "good"})

    assert (answered.status, answered.body["accepted"]) == (202, 1)
    for refused, (index, (_, field, reason)) in zip(
        answered.body["rejected"], enumerate(BAD_EVENTS), strict=True
    ):
        assert (refused["index"], refused["field"]) == (index, field)
        assert reason in refused["reason"]
    [data] = stage.on_stream()
    assert [e.event_id for e in decode_batch(data).events] == ["good"]
    assert stage.counted("EventsRejected") == len(BAD_EVENTS)
    stage.cloud.drain()
    assert stage.counted("EventsFolded") == 1


def test_a_batch_without_a_good_event_is_400(stage: Stage) -> None:
    for event, field, reason in BAD_EVENTS:
        answered = post(stage, event)

        assert answered.error == (400, "invalid", f"events[0].{field}")
        assert reason in answered.body["error"]["message"]
    assert stage.on_stream() == []
    assert stage.counted("EventsRejected") == len(BAD_EVENTS)


BAD_BODIES = [
    (None, "body"), ("", "body"), ("{", "body"), ("[]", "body"), ("null", "body"), ("7", "body"),
    ({}, "events"), ({"user_id": "u"}, "events"), ({"user_id": "u", "events": []}, "events"),
    ({"user_id": "u", "events": {}}, "events"), ({"events": [CLICK]}, "user_id"),
    ({"user_id": "u", "events": [CLICK] * 26}, "events"),
    ({"user_id": 7, "events": [CLICK]}, "user_id"), ({"user_id": "", "events": [CLICK]}, "user_id"),
    ({"user_id": "~sly", "events": [CLICK]}, "user_id"),
    ({"user_id": "u" * 129, "events": [CLICK]}, "user_id"),
    ({"user_id": "\ud800", "events": [CLICK]}, "user_id"),
    ({"session_id": "", "events": [CLICK]}, "session_id"),
    ({"user_id": "u", "events": [CLICK], "more": 1}, "more"),
]


def test_an_envelope_that_is_wrong_is_400(stage: Stage) -> None:
    for body, field in BAD_BODIES:
        assert stage.call("POST", "/events", body).error == (400, "invalid", field)
    assert stage.on_stream() == []


def test_twenty_six_events_are_counted_as_refused(stage: Stage) -> None:
    post(stage, *[CLICK] * 26)

    assert stage.counted("EventsRejected") == 26


IDS = ["日本語 🚲", "žluťoučký", "1; DROP TABLE users--", "' OR '1'='1", "../../x", "<script>",
       "a/b?c#d", "$(id)", "%00"]


def test_ids_of_any_script_and_syntax_are_only_ids(stage: Stage) -> None:
    for text in IDS:
        event = {**CLICK, "item_id": text, "event_id": text}
        assert post(stage, event, user_id=text).body == {"accepted": 1, "rejected": []}

    stage.cloud.drain()

    for text in IDS:
        profile = stage.call("GET", "/users/{user_id}", user_id=text)
        assert profile.body["user_id"] == text
        assert profile.body["events"] == {"click": 1}


def test_a_session_is_a_subject_of_its_own(stage: Stage) -> None:
    stage.call("POST", "/events", {"session_id": "s1", "events": [CLICK]})

    [data] = stage.on_stream()
    assert decode_batch(data).subject == "~s1"


def test_a_clock_that_runs_ahead_a_little_is_set_to_ours(stage: Stage) -> None:
    post(stage, {**CLICK, "at": NOW_MS + HOUR_MS})

    [data] = stage.on_stream()
    [event] = decode_batch(data).events
    assert (event.at_ms, event.clamped) == (NOW_MS, True)
    assert stage.counted("EventsClamped") == 1


def test_an_erased_user_is_refused(stage: Stage) -> None:
    stage.users().erase("user-1", NOW_MS)

    answered = post(stage, CLICK, {**CLICK, "type": "tickle"})

    assert answered.error == (410, "erased", "user_id")
    assert stage.on_stream() == []
    assert stage.counted("EventsRejected") == 2


def test_a_stream_that_takes_nothing_is_503(stage: Stage) -> None:
    stream = stage.stream(Faulty(stage.client("kinesis"), {"put_record": None}))
    event = proxy_event("POST", "/events", {"user_id": "u", "events": [CLICK] * 2})

    answered = respond(event, Adapters(
        stream, stage.users(), stage.sessions(), VOCABULARY, OPEN))
    metrics.flush_metrics()

    assert answered["statusCode"] == 503
    error = json.loads(answered["body"])["error"]
    assert (error["code"], error["message"]) == (
        "unavailable", "the events were not taken, send them again")
    assert stage.counted("EventsUntaken") == 2
    assert stage.on_stream() == []


def test_a_table_out_of_reach_is_503(stage: Stage) -> None:
    event = proxy_event("POST", "/events", {"user_id": "u", "events": [CLICK]})
    given = Adapters(stage.stream(), stage.users(Unreachable()), stage.sessions(), VOCABULARY,
                     OPEN)

    answered = respond(event, given)
    metrics.flush_metrics()

    assert answered["statusCode"] == 503
    assert stage.counted("EventsUntaken") == 1
    assert stage.on_stream() == []
