"""Whose picks are taken is read from ids; chance prefers neither, and no look too many lies."""

import random
from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest

from domain.contest import Credited, contest, credited
from domain.erasure import Forgotten, Mark
from domain.event import Batch, Event
from domain.evidence import ALPHA, MIN_USERS
from domain.experiment import Experiment, Variant
from domain.exposure import MEASURES, Plan
from domain.interleaving import Credit, interleave, preference
from domain.key import item_key, subject_hash
from domain.probe import USER
from domain.record import Position, Record
from domain.teams import A, B, Slot, tail
from tests.domain.strategies import NOW_MS

HOUR_MS = 3_600_000
DUEL = Experiment("duel", NOW_MS, (Variant("old", 0.5), Variant("new", 0.5, {"graph": 2.0})), True)
PLAN = Plan(MEASURES["clicks"], HOUR_MS)
LATER_MS = NOW_MS + 10 * HOUR_MS
SLOTS = [Slot(item_key("x"), A), Slot(item_key("y"), B), Slot(item_key("z"), B)]


def listed(n: int) -> str:
    list_id = UUID(int=n).hex
    return f"{list_id}{tail(list_id, 'duel', SLOTS)}"


def event(kind: str, item_id: str, named: str | None, at_ms: int = 0) -> Event:
    return Event(f"{kind}-{item_id}-{named}-{at_ms}", kind, item_id, NOW_MS + at_ms,
                 recommendation_id=named)


def record(*events: Event, subject: str = "ada") -> Record:
    return Record(Position("s", 0), Batch(subject, NOW_MS, events))


def read(*records: Record, until_ms: int = LATER_MS, marks: Sequence[Mark] = ()) -> Credited:
    return credited(records, DUEL, PLAN, until_ms, Forgotten.of(marks))


def test_what_is_taken_is_credited_to_whose_pick_it_was_once() -> None:
    one, two = listed(1), listed(2)

    found = read(record(event("impression", "x", one), event("click", "y", one, 5),
                        event("click", "y", one, 9), event("click", "z", one, 9),
                        event("click", "x", two, 9)),
                 record(event("impression", "x", one), subject="bob"))

    assert found == Credited([Credit("ada", 0, 2), Credit("ada", 1, 0), Credit("bob", 0, 0)], 0)


def test_other_lists_times_and_people_are_left_out() -> None:
    own, of_another = listed(1), listed(1)[:-1] + "!"
    forgotten = Mark(subject_hash("eve"), LATER_MS)

    found = read(record(event("click", "x", None), event("click", "x", "list-1"),
                        event("click", "x", of_another), event("click", "x", own, -1),
                        event("click", "x", own, 11 * HOUR_MS)),
                 record(event("click", "x", own), subject=USER),
                 record(event("click", "x", own), subject="eve"), marks=[forgotten])

    assert found == Credited([], 0)


def test_a_user_counts_when_the_window_is_over_and_as_far_as_it_goes() -> None:
    one, two = listed(1), listed(2)
    records = (record(event("impression", "x", one), event("click", "x", one, HOUR_MS - 1),
                      event("click", "y", one, HOUR_MS), event("click", "y", two, HOUR_MS)),)

    assert read(*records, until_ms=NOW_MS + HOUR_MS - 1) == Credited([], 1)
    assert read(*records) == Credited([Credit("ada", 1, 0)], 0)


def test_a_report_says_how_far_the_second_is_preferred() -> None:
    lists = [Credit(f"user-{n}", int(n % 4 == 0), int(n % 4 > 1)) for n in range(400)]

    found = contest(DUEL, Credited(lists, 3))

    assert found["variants"] == [{"name": "old", "taken": 100, "won": 100},
                                 {"name": "new", "taken": 200, "won": 200}]
    assert (found["lists"], found["users"], found["ties"], found["waiting"]) == (400, 400, 100, 3)
    assert found["preferred"] == pytest.approx(0.625)
    low, high = found["interval"]
    once_low, once_high = found["interval_of_one_look"]
    assert 0.5 < low < once_low < 0.625 < once_high < high
    assert found["is_different"]
    assert found["p"] < ALPHA


def test_of_too_few_users_nothing_is_said() -> None:
    few, none = contest(DUEL, Credited([Credit("ada", 1, 0)], 0)), contest(DUEL, Credited([], 0))

    assert (few["preferred"], few["interval"], few["p"], few["is_different"]) == (
        0.0, None, None, False)
    assert (none["preferred"], none["interval_of_one_look"]) == (None, None)


def played(draw: random.Random, liking: float) -> Iterator[Credit]:
    """Users who each see one list of the two rankings, and like the second one's so much more."""
    old, new = list(range(10)), [*range(20, 25), *range(5)]
    for user in range(400):
        slots = interleave(old, new, 10, str(draw.random()))
        liked = {slot.key for slot in slots if slot.key >= 20}
        taken = [slot.team for slot in slots
                 if draw.random() < 0.1 * (liking if slot.key in liked else 1)]
        yield Credit(str(user), taken.count(A), taken.count(B))


def test_rankers_who_are_liked_alike_are_seldom_told_apart_at_any_look() -> None:
    draw, alarms = random.Random(5), 0

    for _ in range(40):
        lists = list(played(draw, 1.0))
        alarms += any((preference(lists[:n]).p or 0.0) <= ALPHA
                      for n in range(MIN_USERS, 401, 50))
    liked = preference(list(played(draw, 3.0)))

    assert alarms / 40 <= ALPHA
    assert liked.p is not None
    assert liked.p < ALPHA
    assert liked.value < 0
