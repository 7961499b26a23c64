"""Request bodies: what is accepted, what is refused and how it is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import (
    MAX_EVENTS,
    MAX_TIME_MS,
    Batch,
    Event,
    EventError,
    Rejection,
    check_user_id,
    parse_batch,
)
from domain.record import decode_batch, encode_batch
from tests.domain.strategies import NOW_MS, VOCABULARY, any_text, ids, json_values

EVENT = {"event_id": "e1", "type": "click", "item_id": "i1"}
BODY = {"user_id": "ann", "events": [EVENT]}
MAX_RECORD_BYTES = 1_048_576 - 256  # 1 MiB less the key. source: AWS, "PutRecordsRequestEntry"


def refusal(body: Any, received_ms: int = NOW_MS) -> EventError:
    with pytest.raises(EventError) as caught:
        parse_batch(body, received_ms, VOCABULARY)
    return caught.value


def test_a_full_event_is_read() -> None:
    context = {"page": "home", "n": 3}
    event = {**EVENT, "at": NOW_MS - 5, "value": 4.5, "context": context, "recommendation_id": "r1",
             "propensity": 0.25}

    read = parse_batch({**BODY, "session_id": "s", "events": [event]}, NOW_MS, VOCABULARY)

    full = Event("e1", "click", "i1", NOW_MS - 5, 4.5, context, "r1", False, 0.25)
    assert read == (Batch("ann", NOW_MS, (full,), "s"), [])


def test_an_anonymous_session_is_a_subject_no_user_can_claim() -> None:
    batch, _ = parse_batch({"session_id": "s1", "events": [EVENT]}, NOW_MS, VOCABULARY)

    assert batch.subject == "~s1"
    assert check_user_id("~s1", "user_id") is not None


@pytest.mark.parametrize(("body", "field", "reason"), [
    (None, "body", "must be object"),
    ([], "body", "must be object"),
    ("{}", "body", "must be object"),
    ({}, "events", "is required"),
    ({"user_id": "ann", "events": []}, "events", "at least 1 entries"),
    ({"user_id": "ann", "events": {}}, "events", "must be array"),
    ({"user_id": "ann", "events": [EVENT] * 26}, "events", "at most 25 entries, has 26"),
    ({"events": [EVENT]}, "user_id", "user_id or session_id is required"),
    ({**BODY, "user_id": None}, "user_id", "must be string"),
    ({**BODY, "user_id": 7}, "user_id", "must be string"),
    ({**BODY, "user_id": ""}, "user_id", "at least 1 characters"),
    ({**BODY, "user_id": "u" * 129}, "user_id", "at most 128 characters"),
    ({**BODY, "user_id": "~ann"}, "user_id", "not begin with ~"),
    ({**BODY, "user_id": "ann\n"}, "user_id", "printable"),
    ({**BODY, "user_id": "a\x00"}, "user_id", "printable"),
    ({**BODY, "user_id": "a\ud800"}, "user_id", "half a surrogate pair"),
    ({**BODY, "session_id": "s" * 128}, "session_id", "at most 127 characters"),
    ({**BODY, "sesion": "s"}, "sesion", "is not a known field"),
    ({**BODY, "\ud800": "s"}, "body", "half a surrogate pair"),
])
def test_a_wrong_envelope_is_refused_whole(body: Any, field: str, reason: str) -> None:
    error = refusal(body)

    assert error.field == field
    assert reason in error.reason
    assert str(error) == f"{error.field}: {error.reason}"


@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"event_id": None}, "event_id", "must be string"),
    ({"event_id": ""}, "event_id", "at least 1"),
    ({"event_id": "x" * 257}, "event_id", "at most 256"),
    ({"item_id": 5}, "item_id", "must be string"),
    ({"item_id": "tab\there"}, "item_id", "printable"),
    ({"item_id": "line\n"}, "item_id", "printable"),
    ({"item_id": "\x7f"}, "item_id", "printable"),
    ({"item_id": "\udc00"}, "item_id", "half a surrogate pair"),
    ({"type": "teleport"}, "type", "must be one of view, click"),
    ({"type": ["click"]}, "type", "must be string"),
    ({"value": "5"}, "value", "must be number"),
    ({"value": True}, "value", "must be number"),
    ({"value": float("nan")}, "value", "must be at least"),
    ({"value": float("inf")}, "value", "must be at most"),
    ({"value": 10**400}, "value", "must be at most"),
    ({"context": []}, "context", "must be object"),
    ({"propensity": 0}, "propensity", "must be at least"),
    ({"propensity": 1.1}, "propensity", "must be at most 1"),
    ({"context": {"a": None}}, "context.a", "must be string or number or boolean"),
    ({"context": {"a": float("nan")}}, "context.a", "must be at least"),
    ({"context": {"a": "\ud800"}}, "context.a", "half a surrogate pair"),
    ({"context": {"\ud800": 1}}, "context", "half a surrogate pair"),
    ({"context": {"": 1}}, "context.", "name must have at least 1"),
    ({"context": {"k" * 65: 1}}, f"context.{'k' * 64}...", "name must have at most 64"),
    ({"context": dict.fromkeys("abcdefghijklmnopq", 1)}, "context", "at most 16 fields, has 17"),
    ({"recommendation_id": "r" * 65}, "recommendation_id", "at most 64"),
    ({"user_id": "bob"}, "user_id", "is not a known field"),
    ({"at": None}, "at", "must be string or number"),
    ({"at": float("nan")}, "at", "must be at least"),
    ({"at": True}, "at", "must be string or number"),
    ({"at": -1}, "at", "must be at least 0"),
    ({"at": 2**48}, "at", f"must be at most {MAX_TIME_MS}"),
    ({"at": MAX_TIME_MS}, "at", "hours ahead of the server's clock"),
    ({"at": "9999-12-31T23:59:59.999999-23:59"}, "at", "hours ahead"),
    ({"at": "0001-01-01T00:00:00+23:59"}, "at", "must be 1970 or later"),
    ({"at": "2023-11-14T22:13:20"}, "at", "must carry a time zone"),
    ({"at": "2016-12-31T23:59:60Z"}, "at", "must be RFC 3339"),  # a leap second
    ({"at": "2023-02-30T00:00:00Z"}, "at", "must be RFC 3339"),
    ({"at": "2023-11-14T22:13:20+24:00"}, "at", "must be RFC 3339"),
    ({"at": "1700000000000"}, "at", "must be RFC 3339"),
    ({"at": "2023-11-14T22:13:20.0000000000000000000000Z"}, "at", "at most 40 characters"),
])
def test_a_bad_event_is_named_and_the_good_ones_go_through(
    change: dict[str, Any], field: str, reason: str
) -> None:
    bad = {**EVENT, **change}

    batch, rejected = parse_batch({**BODY, "events": [EVENT, bad, EVENT]}, NOW_MS, VOCABULARY)

    assert len(batch.events) == 2
    [named] = rejected
    assert (named.index, named.field) == (1, field)
    assert reason in named.reason


def test_an_event_at_every_limit_goes_through() -> None:
    event = {"event_id": "e" * 256, "item_id": "i" * 256, "type": "rate", "value": -1e12,
             "recommendation_id": "r" * 64, "at": 0,
             "context": {"k" * 64: "x" * 256, "low": -1e15, "high": 1e15}}
    body = {"user_id": "u" * 128, "session_id": "s" * 127,
            "events": [event, event | {"value": 1e12}] * 12 + [event]}

    batch, rejected = parse_batch(body, NOW_MS, VOCABULARY)

    assert (len(batch.events), rejected) == (MAX_EVENTS, [])


@pytest.mark.parametrize("raw", [None, 7, "click", [], [EVENT]])
def test_an_event_that_is_no_object_is_named(raw: Any) -> None:
    _, rejected = parse_batch({**BODY, "events": [raw, EVENT]}, NOW_MS, VOCABULARY)

    assert rejected == [Rejection(0, "event", "must be object")]


def test_a_body_without_one_good_event_is_refused_with_the_first_reason() -> None:
    error = refusal({**BODY, "events": [{**EVENT, "value": "5"}, {}]})

    assert (error.field, error.reason) == ("events[0].value", "must be number")


@pytest.mark.parametrize("id_", [
    "'; DROP TABLE users; --", "1 OR 1=1", "../../etc/passwd", "<script>", "日本語", "item/7?x=1",
    "مرحبا", "\U0001f600" * 128, "e\u0301", "\u202eabc", " ", "\u2028", "null", "${jndi:x}",
])
def test_any_printable_id_is_an_id_and_arrives_unchanged(id_: str) -> None:
    event = {**EVENT, "event_id": id_, "item_id": id_}

    batch, rejected = parse_batch({"user_id": id_, "events": [event]}, NOW_MS, VOCABULARY)

    assert rejected == []
    assert (batch.subject, batch.events[0].event_id, batch.events[0].item_id) == (id_, id_, id_)
    assert decode_batch(encode_batch(batch)) == batch


@pytest.mark.parametrize(("at", "at_ms"), [
    (0, 0),
    (NOW_MS, NOW_MS),
    (NOW_MS + 0.75, NOW_MS + 1),
    ("1970-01-01T00:00:00Z", 0),
    ("2023-11-14T22:13:20Z", NOW_MS),
    ("2023-11-14t22:13:20z", NOW_MS),
    ("2023-11-15T00:13:20.001+02:00", NOW_MS + 1),
    ("2023-11-14T22:13:19.9999999Z", NOW_MS),
])
def test_a_time_is_epoch_milliseconds_or_rfc_3339(at: Any, at_ms: int) -> None:
    batch, _ = parse_batch({**BODY, "events": [{**EVENT, "at": at}]}, NOW_MS, VOCABULARY)

    assert batch.events[0].at_ms == at_ms
    assert not batch.events[0].clamped


@pytest.mark.parametrize(("ahead_ms", "at_ms", "clamped"), [
    (300_000, NOW_MS + 300_000, False),
    (300_001, NOW_MS, True),
    (86_400_000, NOW_MS, True),
])
def test_a_clock_that_runs_ahead_is_believed_a_little_then_clamped(
    ahead_ms: int, at_ms: int, clamped: bool
) -> None:
    event = {**EVENT, "at": NOW_MS + ahead_ms}

    batch, _ = parse_batch({**BODY, "events": [event]}, NOW_MS, VOCABULARY)

    assert (batch.events[0].at_ms, batch.events[0].clamped) == (at_ms, clamped)


def test_a_clock_a_day_ahead_is_refused() -> None:
    error = refusal({**BODY, "events": [{**EVENT, "at": NOW_MS + 86_400_001}]})

    assert error.reason == "is 24 hours ahead of the server's clock"


def test_an_event_without_a_time_happened_when_it_was_received() -> None:
    batch, _ = parse_batch(BODY, NOW_MS, VOCABULARY)

    assert batch.events[0].at_ms == NOW_MS


@given(json_values)
def test_json_that_is_no_body_is_refused_and_a_field_is_named(body: Any) -> None:
    assert refusal(body).field


def changed(events: list[dict[str, Any]], field: str, value: Any) -> dict[str, Any]:
    return {"user_id": "ann", "events": [EVENT, *(event | {field: value} for event in events)]}


fields = st.sampled_from([*EVENT, "at", "value", "context", "recommendation_id", "more"])
good_values = st.sampled_from(["click", "2023-11-14T22:13:20Z", NOW_MS, {"a": 1}]) | ids


@given(st.builds(changed, st.lists(st.just(EVENT), min_size=1, max_size=3), fields,
                 json_values | good_values | st.dictionaries(any_text, json_values, max_size=2)))
def test_what_is_accepted_can_be_sent_and_read_back(body: dict[str, Any]) -> None:
    batch, rejected = parse_batch(body, NOW_MS, VOCABULARY)

    assert len(batch.events) + len(rejected) == len(body["events"])
    assert decode_batch(encode_batch(batch)) == batch
    assert json.dumps([(r.field, r.reason) for r in rejected], ensure_ascii=False).encode()


def test_the_largest_batch_fits_one_stream_record() -> None:
    wide, widest = "\U0001f600", "\x01"  # four bytes in JSON, and six
    context = {f"{n:02}" + wide * 62: widest * 256 for n in range(16)}
    event = {"event_id": wide * 256, "type": "add_to_cart", "item_id": wide * 256, "at": NOW_MS,
             "value": -123456789012.12345, "context": context, "recommendation_id": wide * 64}

    batch, rejected = parse_batch(
        {"user_id": wide * 128, "session_id": wide * 127, "events": [event] * MAX_EVENTS},
        NOW_MS, VOCABULARY)

    assert rejected == []
    assert len(encode_batch(batch)) < MAX_RECORD_BYTES
