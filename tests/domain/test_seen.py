"""Copies of events are known, for as long and as many as are remembered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.seen import MAX_SEEN, REMEMBERED_MIN, Seen, none_seen
from domain.touches import NO_TAG, TOUCH, Touches

events = st.lists(st.tuples(st.integers(0, 2) | st.just(2**32 - 1),
                            st.integers(0, 3) | st.sampled_from([NO_TAG, 2**32 - 1])), max_size=6)


def touches(found: list[tuple[int, int]]) -> Touches:
    made = np.zeros(len(found), TOUCH)
    for place, (user, tag) in enumerate(found):
        made["user"][place], made["tag"][place] = user, tag
    return made


@given(st.lists(st.tuples(events, st.integers(0, 40)), max_size=5))
def test_an_event_is_first_once(steps: list[tuple[list[tuple[int, int]], int]]) -> None:
    seen, plain, minute = none_seen(), set[tuple[int, int]](), 0
    for found, later in steps:
        minute += later
        wanted = []
        for event in found:
            wanted.append(event not in plain or event[1] == NO_TAG)
            plain.add(event)

        assert seen.first_ones(touches(found)).tolist() == wanted
        seen = seen.plus(touches(found), minute)


def test_an_event_is_remembered_for_a_day_and_not_for_two() -> None:
    seen = none_seen().plus(touches([(1, 1)]), 0)
    for minute in range(60, 2 * REMEMBERED_MIN, 60):
        seen = seen.plus(touches([(2, minute)]), minute)
        known = not seen.first_ones(touches([(1, 1)]))[0]
        assert known or minute > REMEMBERED_MIN

    assert not known
    assert len(seen.begun) <= REMEMBERED_MIN // 60 + 1


def test_an_hour_or_a_full_generation_begins_another() -> None:
    full = Seen(np.arange(250_000, dtype=np.uint64), np.array([0]), np.array([250_000]))

    assert full.plus(touches([(1, 1)]), 1).begun.tolist() == [0, 1]
    assert none_seen().plus(touches([(1, 1)]), 0).plus(touches([(1, 2)]), 59).begun.tolist() == [0]
    assert full.plus(touches([]), 100).begun.tolist() == [0]


def test_of_too_many_events_the_oldest_are_forgotten() -> None:
    half = MAX_SEEN // 2
    full = Seen(np.tile(np.arange(half, dtype=np.uint64), 2), np.array([0, 1]),
                np.array([half, 2 * half]))

    assert full.plus(touches([]), 2).begun.tolist() == [0, 1]
    assert full.plus(touches([(7, 7)]), 2).begun.tolist() == [1, 2]
