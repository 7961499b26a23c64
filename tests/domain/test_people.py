"""Users by what is known of them."""

import numpy as np

from domain.defence import NEW, PASSING, REGULAR, Defence
from domain.people import MAX_PEOPLE, REMEMBERED_MIN, People, nobody

RULES = Defence(broad_items=3, regular_h=24)
DAY_MIN = 24 * 60


def met(known: People, user: int, items: list[int], minute: int) -> People:
    return known.met(np.full(len(items), user), np.array(items, np.uint64), minute)


def level(known: People, user: int, minute: int) -> int:
    return int(known.levels(np.array([user]), minute, RULES)[0])


def test_whom_nobody_met_passes() -> None:
    assert level(nobody(), 1, 0) == PASSING
    assert level(met(nobody(), 2, [1, 2, 3], 0), 1, DAY_MIN) == PASSING


def test_who_did_something_with_enough_items_is_new_and_after_a_day_regular() -> None:
    known = met(nobody(), 2**32 - 1, [1, 2, 2, 1], 100)

    assert level(known, 2**32 - 1, 100 + DAY_MIN) == PASSING
    known = met(known, 2**32 - 1, [3], 110)
    assert level(known, 2**32 - 1, 99 + DAY_MIN) == NEW
    assert level(known, 2**32 - 1, 100 + DAY_MIN) == REGULAR


def test_who_is_met_in_steps_is_known_as_who_is_met_at_once() -> None:
    steps = met(met(met(nobody(), 5, [1], 0), 4, [9], 1), 5, [2, 3], 2)
    once = nobody().met(np.array([4]), np.array([9], np.uint64), 1)
    once = met(once, 5, [1, 2, 3], 2)

    assert steps.users.tolist() == once.users.tolist() == [4, 5]
    assert steps.items.tolist() == once.items.tolist()
    assert (steps.first.tolist(), steps.last.tolist()) == ([1, 0], [1, 2])


def test_who_stays_away_for_a_month_is_forgotten() -> None:
    known = met(nobody(), 1, [1, 2, 3], 0)

    assert met(known, 2, [1], REMEMBERED_MIN - 1).users.tolist() == [1, 2]
    assert met(known, 2, [1], REMEMBERED_MIN).users.tolist() == [2]


def test_of_too_many_the_least_known_are_forgotten() -> None:
    n = MAX_PEOPLE
    users = np.arange(n, dtype=np.uint32)
    marks = np.where(users < 10, 0b111, 0b1).astype(np.uint32)
    crowded = People(users, np.zeros(n, np.uint32), users // 100, marks)

    after = met(crowded, n, [1, 2, 3], n // 100)

    assert len(after.users) == n * 9 // 10
    assert after.users[:11].tolist() == [*range(10), n // 10 + 11]
    assert after.users[-1] == n
