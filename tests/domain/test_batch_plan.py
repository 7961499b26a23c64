"""How a batch is cut, dealt out, and how far it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.batch_plan import (
    LANES,
    LISTED_PER_SEGMENT,
    MIN_SEGMENTS,
    STALLED_MS,
    USERS_PER_SEGMENT,
    Note,
    Plan,
    Turn,
    cut_listed,
    cut_table,
    finished,
    manifest,
    manifest_key,
    new_id,
    part_key,
    plan_key,
    told,
)
from domain.batch_schema import BATCH, BATCH_ID_SCHEMA
from domain.layout import MAX_SEGMENTS
from domain.schema import compile_schema

NOW_MS = 1_760_000_000_000


def plan(segments: int) -> Plan:
    return Plan("b", NOW_MS, segments, {"k": 3}, "mails")


def notes(of: Plan, *places: int, users: int = 2) -> list[Note]:
    return [Note(NOW_MS, (users,) * place) for place in places or (0,) * of.lanes]


@given(st.integers(1, 40))
def test_every_segment_is_one_lanes_and_no_others(segments: int) -> None:
    made = plan(segments)

    dealt = [segment for lane in range(made.lanes) for segment in made.segments_of(lane)]

    assert sorted(dealt) == list(range(segments))
    assert made.lanes == min(LANES, segments)
    assert all(made.segments_of(lane) for lane in range(made.lanes))


def test_the_next_turn_of_a_lane_is_after_what_its_note_tells() -> None:
    made = plan(6)  # lanes of 2, 2, 1 and 1

    assert made.turns(notes(made)) == [Turn("b", lane, 0) for lane in range(4)]
    assert made.turns(notes(made, 1, 2, 1, 0)) == [Turn("b", 0, 1), Turn("b", 3, 0)]
    assert made.turns(notes(made, 2, 2, 1, 1)) == []


@pytest.mark.parametrize(("rows", "segments"), [
    (0, MIN_SEGMENTS), (MIN_SEGMENTS * USERS_PER_SEGMENT, MIN_SEGMENTS),
    (MIN_SEGMENTS * USERS_PER_SEGMENT + 1, MIN_SEGMENTS + 1), (10**12, MAX_SEGMENTS)])
def test_a_table_is_cut_by_its_size_but_never_into_few(rows: int, segments: int) -> None:
    assert cut_table(rows) == segments


def test_listed_users_are_each_in_one_segment_once() -> None:
    users = [f"u{n}" for n in range(LISTED_PER_SEGMENT + 5)]

    cut = cut_listed([*users, "u0", "u7"])

    assert [len(part) for part in cut] == [LISTED_PER_SEGMENT, 5]
    assert [user for part in cut for user in part] == users
    assert cut_listed([]) == []


def test_what_is_kept_is_read_back() -> None:
    made, note = plan(6), Note(NOW_MS).past(5, 1, NOW_MS + 1).troubled("no table", NOW_MS + 2)

    assert Plan.from_bytes(made.to_bytes()) == made
    assert Note.from_bytes(note.to_bytes()) == note
    assert Turn.of(Turn("b", 1, 2)._asdict()) == Turn("b", 1, 2)


def test_a_segment_that_is_done_ends_its_lanes_trouble() -> None:
    note = Note(NOW_MS).troubled("no table", NOW_MS + 1)

    done = note.past(5, 2, NOW_MS + 2)

    assert (note.place, note.trouble, note.heard_ms) == (0, "no table", NOW_MS + 1)
    assert (done.place, done.trouble, done.heard_ms, done.left_out) == (1, "", NOW_MS + 2, 2)


def test_how_far_it_is_adds_up_its_lanes() -> None:
    made, found = plan(6), notes(plan(6), 2, 1, 0, 1)
    found[2] = found[2].troubled("no table", NOW_MS + 7)

    body = told(made, found, NOW_MS + 8)

    assert body == {
        "batch_id": "b", "name": "mails", "asked_ms": NOW_MS, "state": "running", "segments": 6,
        "segments_done": 4, "users_done": 8, "left_out": 0, "heard_ms": NOW_MS + 7,
        "troubles": ["no table"]}
    Draft202012Validator(BATCH).validate({**body, "batch_id": new_id(NOW_MS, 1)})


def test_one_lane_that_is_silent_for_long_is_enough_to_stall() -> None:
    made, found = plan(6), notes(plan(6), 2, 2, 0, 1)
    late_ms = NOW_MS + STALLED_MS + 1

    assert told(made, found, late_ms)["state"] == "stalled"
    assert told(made, [*found[:2], Note(late_ms), found[3]], late_ms)["state"] == "running"
    assert told(made, notes(made, 2, 2, 1, 1), late_ms)["state"] == "done"


def test_parts_are_told_in_order_and_none_of_segments_without_users() -> None:
    made = plan(6)
    found = [Note(NOW_MS, (3, 0)), Note(NOW_MS, (0, 4)), Note(NOW_MS), Note(NOW_MS, (1,))]

    assert finished(made, found) == [(0, 3), (3, 1), (5, 4)]
    assert manifest(made, found, NOW_MS)["parts"] == [
        {"key": part_key("b", segment), "users": users} for segment, users in
        ((0, 3), (3, 1), (5, 4))]
    assert part_key("b", 0).endswith("/000001.jsonl.gz")
    assert plan_key("b") != manifest_key("b")


def test_names_sort_by_time_and_are_as_the_api_takes_them() -> None:
    names = [new_id(NOW_MS + 1000 * n, 2**32 - 1 - n) for n in range(3)]

    assert sorted(names) == names
    assert [compile_schema(BATCH_ID_SCHEMA)(name, "") for name in names] == [None] * 3
