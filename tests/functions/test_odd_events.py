"""Events that come late, early, in masses or twice, from the door to state, pages and log."""

import base64
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest

from domain.event import MAX_EVENTS, Batch, Event
from domain.features import (
    HALF_MAX,
    MAX_EVENT_IDS,
    MAX_HISTORY,
    MAX_SHARDS,
    Interaction,
    UserState,
)
from domain.key import event_hash, item_key, user_hash
from domain.layout import EVENT_LOG
from domain.packing import pack
from domain.page import encode_pages, read_pages
from domain.record import Position, Record, decode_log
from domain.trends import empty
from domain.vocabulary import FIRST_DECLARED_CODE, EventType, Vocabulary
from functions.intake import Intake
from functions.update_item_features import write
from functions.update_user_features import apply
from functions.users import Change, StoredUser
from tests.domain.plain_trends import absorbed
from tests.functions.faults import Faulty
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Answer, Stage, clicks

USERS, ITEMS, LOG = "update_user_features", "update_item_features", "write_event_log"
HOUR_MS = 3_600_000
DAY_EVENTS = 50_000  # of one user: a bot, or an account that many share
# A state of everything it can hold: header, a count for each type (8 of ours, 192 a deployment can
# declare, and those it no longer does), the ring, the guard, and 100 events of 17 bytes.
TYPES = 8 + 192 + 1
STATE_BYTES = 18 + TYPES * 5 + MAX_EVENT_IDS * 4 + MAX_SHARDS * 33 + MAX_HISTORY * 17
ITEM_BYTES = STATE_BYTES + 1024  # with the user's id, which has 512 bytes at most, and names


def event(event_id: str, item_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "type": "click", "item_id": item_id, **more}


def post(stage: Stage, *events: dict[str, Any], user_id: str = "ada") -> Answer:
    return stage.call("POST", "/events", {"user_id": user_id, "events": list(events)})


def drained(stage: Stage, user_id: str = "ada") -> UserState:
    stage.cloud.drain()
    return stage.state(user_id)


def logged(stage: Stage) -> list[Event]:
    return [found for key in stage.keys(EVENT_LOG)
            for record in decode_log(stage.shelf().get(key) or b"")
            for found in record.batch.events]


def records(batches: Iterable[tuple[str, tuple[Event, ...]]]) -> list[Record]:
    return [Record(Position(SHARD, FIRST + n), Batch(subject, NOW_MS, events))
            for n, (subject, events) in enumerate(batches)]


def intake(found: list[Record]) -> Intake:
    return Intake(found, [], NOW_MS)


def colliding(hashed: Any, prefix: str) -> tuple[str, str]:
    """Two names of one 32-bit tag: the birthday of some 77,000."""
    seen: dict[int, str] = {}
    for name in (f"{prefix}{n}" for n in count()):
        if (tag := hashed(name)) in seen:
            return seen[tag], name
        seen[tag] = name
    raise AssertionError


def test_events_out_of_order_by_hours_land_in_the_order_of_their_time(stage: Stage) -> None:
    for place, hours in enumerate((1, 30, 0, 5, 29)):
        post(stage, event(f"e{place}", f"{hours} h ago", at=NOW_MS - hours * HOUR_MS))

    state = drained(stage)

    assert [entry.item for entry in state.history] == [
        item_key(f"{hours} h ago") for hours in (30, 29, 5, 1, 0)]
    assert (state.first_ms, state.last_ms) == (NOW_MS - 30 * HOUR_MS, NOW_MS)


@pytest.mark.parametrize(("ahead_ms", "kept_ms", "clamped"), [
    (4 * 60_000, 4 * 60_000, False), (6 * 60_000, 0, True), (24 * HOUR_MS, 0, True)])
def test_a_time_in_the_future_is_clamped_and_marked_and_the_mark_is_kept(
    stage: Stage, ahead_ms: int, kept_ms: int, clamped: bool
) -> None:
    post(stage, event("e1", at=NOW_MS + ahead_ms), event("e2", at=NOW_MS))

    state = drained(stage)

    found = {entry.event_id: entry for entry in logged(stage)}
    assert (found["e1"].at_ms, found["e1"].clamped) == (NOW_MS + kept_ms, clamped)
    assert not found["e2"].clamped
    assert state.last_ms == NOW_MS + kept_ms
    assert stage.counted("EventsClamped") == clamped


def test_a_time_beyond_a_day_ahead_is_refused_by_name(stage: Stage) -> None:
    answered = post(stage, event("e1", at=NOW_MS + 25 * HOUR_MS))

    assert answered.error == (400, "invalid", "events[0].at")
    assert stage.counted("EventsClamped") == 0


def bots_day() -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Full calls of one user, and a call of somebody else after every ten."""
    for n in range(DAY_EVENTS // MAX_EVENTS):
        yield "bot", clicks(*(f"item {n % 97} {i}" for i in range(MAX_EVENTS)),
                            at_ms=NOW_MS + n * 40_000, tag=f"bot {n}")
        if n % 10 == 0:
            yield f"user {n % 200}", clicks("a", at_ms=NOW_MS + n, tag=f"user {n}")


def test_a_user_of_50000_events_a_day_keeps_nobody_waiting_and_to_its_size(stage: Stage) -> None:
    client = Faulty(stage.client("dynamodb"), {"put_item": [], "transact_write_items": []})
    found, batch = records(bots_day()), 200  # as the mapping cuts them

    invocations = range(0, len(found), batch)
    failed = [apply(found[n:n + batch], stage.users(client), VOCABULARY).failed
              for n in invocations]

    state = stage.state("bot")
    assert failed == [None] * len(invocations)
    assert sum(state.counts.values()) == DAY_EVENTS
    assert state.history[-1].at_ms == found[-1].batch.events[-1].at_ms
    unused = (TYPES - 1) * 5 + (MAX_SHARDS - 1) * 33  # it is of one type, on one shard
    assert len(pack(state)) == STATE_BYTES - unused
    assert all(stage.state(subject).counts for subject in {r.batch.subject for r in found})
    # One write for each user of an invocation, however many records are theirs.
    writes = sum(n + 1 for n in client.calls.values())
    assert writes == sum(
        len({r.batch.subject for r in found[n:n + batch]}) for n in invocations)


def test_the_largest_state_is_read_with_one_unit_and_written_with_four(stage: Stage) -> None:
    user_id = "\U0001f375" * 128  # four bytes each
    state = UserState(
        history=tuple(Interaction(n, n, n, 1.0) for n in range(MAX_HISTORY)),
        counts=dict.fromkeys(range(TYPES), 2**32 - 1), first_ms=1, last_ms=2**48 - 1,
        event_ids=tuple(range(MAX_EVENT_IDS)), applied=dict.fromkeys(range(MAX_SHARDS), FIRST))

    stage.users().put(Change(user_id, state, StoredUser()))

    [row] = stage.client("dynamodb").scan(TableName=stage.setting("users_table"))["Items"]
    size = sum(len(name) + len(value.get("B") or value.get("S", "").encode()
                               or value.get("N", "")) for name, value in row.items())
    assert len(pack(state)) == STATE_BYTES == 3055
    assert size < ITEM_BYTES < 4 * 1024


def test_a_hot_item_is_no_hot_key(stage: Stage) -> None:
    """Pages are named by shard and record: what happened to whom makes no difference."""
    keys = {}
    for name in ("one item", "many items"):
        client = Faulty(stage.client("dynamodb"), {"put_item": []})
        batch = records(
            (f"user {n}", clicks(*["hot" if name == "one item" else f"{n} {i}"
                                   for i in range(MAX_EVENTS)], tag=f"{n}"))
            for n in range(400))  # 10,000 events, as of a second
        stage.cloud.reset()
        write(intake(batch), stage.pages(client), VOCABULARY)
        rows = stage.client("dynamodb").scan(TableName=stage.setting("pages_table"))["Items"]
        keys[name] = sorted((row["shard"]["S"], row["first"]["S"], len(row["page"]["B"]))
                            for row in rows)

    assert keys["one item"] == keys["many items"]
    assert len(keys["one item"]) == 1
    assert "hot" not in str(keys)


def test_events_of_one_millisecond_are_kept_by_item_and_type(stage: Stage) -> None:
    post(stage, event("e1", "a", at=NOW_MS), event("e2", "b", at=NOW_MS),
         event("e3", "a", at=NOW_MS, type="purchase"), event("e4", "a", at=NOW_MS))

    state = drained(stage)

    assert len(state.history) == 3  # the second click on a in the same millisecond is the first
    assert state.counts == {2: 3, 4: 1}
    assert len(logged(stage)) == 4


def test_ids_of_extreme_lengths_come_through(stage: Stage) -> None:
    for user_id in ("u", "\U0001f375" * 128):
        for n, length in enumerate((1, 256)):
            answered = post(stage, event("\U0001f375" * length, "日" * length, at=NOW_MS + n),
                            user_id=user_id)
            assert answered.status == 202

        state = drained(stage, user_id)

        assert [entry.item for entry in state.history] == [item_key("日"), item_key("日" * 256)]


def test_25_events_of_25_types_are_one_call(stage: Stage) -> None:
    declared = [EventType(f"kind {n}", FIRST_DECLARED_CODE + n, 1.0) for n in range(17)]
    vocabulary = Vocabulary(declared)
    [record] = records([("ada", tuple(
        Event(f"e{n}", known.name, "a", NOW_MS + n) for n, known in enumerate(vocabulary.types)))])

    apply([record], stage.users(), vocabulary)
    [(_, page)] = encode_pages([record], vocabulary)

    assert len(record.batch.events) == MAX_EVENTS
    assert stage.state("ada").counts == dict.fromkeys(vocabulary.by_code, 1)
    assert len(page) > MAX_EVENTS


@pytest.mark.parametrize(("value", "kept"), [
    (1e12, HALF_MAX), (-1e12, -HALF_MAX), (0, 0.0), (-0.0, 0.0), (1e-300, 0.0), (4.5, 4.5)])
def test_extreme_values_are_kept_as_far_as_16_bits_go(
    stage: Stage, value: float, kept: float
) -> None:
    post(stage, event("e1", value=value))

    state = drained(stage)

    assert [entry.value for entry in state.history] == [kept]
    assert str(state.history[0].value) == str(kept)
    assert logged(stage)[0].value == value


def test_two_users_of_one_tag_share_co_visits_and_nothing_else(stage: Stage) -> None:
    one, other = colliding(user_hash, "user ")
    found = records([(one, clicks("a", tag="1")), (other, clicks("b", tag="2", at_ms=NOW_MS + 1))])

    apply(found, stage.users(), VOCABULARY)
    write(intake(found), stage.pages(), VOCABULARY)

    pages, _ = read_pages(stage.pages().after({}, [SHARD]))
    trends = absorbed(empty(NOW_MS), pages, NOW_MS + 1000)
    assert stage.state(one).history != stage.state(other).history
    assert [len(stage.state(name).history) for name in (one, other)] == [1, 1]
    assert sorted(trends.keys.tolist()) == sorted([item_key("a"), item_key("b")])
    assert trends.pairs.tolist() == [[item_key("a"), item_key("b")]]  # as if one had done both


def test_an_event_id_of_a_tag_in_the_ring_is_taken_for_a_copy(stage: Stage) -> None:
    """With chance 50 in 2**32 for each event: it is in the log, and not in state."""
    one, other = colliding(event_hash, "event ")
    post(stage, event(one, "a"), event("between", "b"), event(other, "c"))
    post(stage, event(other, "c"), user_id="somebody else")

    state = drained(stage)

    assert [entry.item for entry in state.history] == sorted([item_key("a"), item_key("b")])
    assert sum(state.counts.values()) == 2
    assert {found.event_id for found in logged(stage)} == {one, "between", other}
    assert [e.item for e in stage.state("somebody else").history] == [item_key("c")]


def test_bytes_that_are_no_text_do_not_stop_what_comes_after_them(stage: Stage) -> None:
    junk = (Position(SHARD, FIRST - 1), base64.b64decode("gICAgA=="))
    [record] = records([("ada", clicks("a"))])

    for verb in (USERS, ITEMS, LOG):
        assert stage.deliver(verb, [junk, record]) is None

    assert len(stage.state("ada").history) == 1
    assert len(logged(stage)) == 1
