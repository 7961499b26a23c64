"""What newcomers bring is let in as far as it is usual."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.crowd import HALF_LIFE_MS, MIN_KNOWN, MIN_KNOWN_PART, MIN_MASS, Crowd, no_crowd
from domain.defence import NEW, PASSING, REGULAR, Defence

RULES = Defence(passing_times=2, new_times=4)
FREE = 10.0
Bringing = list[tuple[int, int, int, float]]  # item, sign, level, amount


def bring(crowd: Crowd, found: Bringing, free: float = FREE) -> tuple[list[float], Crowd]:
    keys, signs, levels, amounts = (
        np.array([entry[place] for entry in found], kind)
        for place, kind in enumerate((np.uint64, np.int64, np.int64, np.float64)))
    parts, after = crowd.let_in(keys, signs, levels, amounts, RULES, free)
    return parts.tolist(), after


def shop(items: int = 10, passing: float = 30.0, new: float = 60.0) -> Crowd:
    """A crowd that is used to so much of each level, beside 100 of regular users an item."""
    usual = [(item, 0, level, amount) for item in range(items)
             for level, amount in ((REGULAR, 100.0), (NEW, new), (PASSING, passing))]
    parts, crowd = bring(no_crowd(2), usual)
    assert parts == [1.0] * len(usual)
    return crowd


def test_a_pushed_item_gets_what_is_usual_and_a_little() -> None:
    # 300 of 1,600 are of users who pass: beside the 160 of better known ones 30 are usual.
    usual = (300 + 5_000) / 1_600

    parts, _ = bring(shop(), [(0, 0, PASSING, 5_000.0)])

    assert parts == [pytest.approx((2 * usual * 160 + FREE - 30) / 5_000)]


def test_the_lift_of_a_little_known_item_is_what_is_free() -> None:
    parts, crowd = bring(shop(), [(99, 0, PASSING, 400.0)])
    again, crowd = bring(crowd, [(99, 0, PASSING, 400.0)])
    later, _ = bring(crowd.aged(HALF_LIFE_MS), [(99, 0, PASSING, 400.0)])

    assert [parts[0], again[0], later[0]] == pytest.approx([FREE / 400, 0, FREE / 800], abs=1e-7)


def test_an_item_that_regular_users_take_up_is_held_back_by_nothing() -> None:
    taken = [(99, 0, REGULAR, 1_000.0), (99, 0, NEW, 600.0), (99, 0, PASSING, 300.0)]

    parts, _ = bring(shop(), taken)

    assert parts == [1.0, 1.0, 1.0]


def test_against_an_item_counts_as_for_it_and_by_itself() -> None:
    parts, crowd = bring(shop(), [(0, 1, PASSING, 400.0)])

    assert parts == [pytest.approx(FREE / 400)]
    assert crowd.masses[0, :, 0].tolist() == [30.0, 60.0, 100.0]


def test_new_users_are_measured_by_regular_ones_alone() -> None:
    parts, _ = bring(shop(), [(99, 0, NEW, 400.0)])
    beside, _ = bring(shop(), [(99, 0, PASSING, 5_000.0), (99, 0, NEW, 400.0)])

    assert parts == [pytest.approx(FREE / 400)]
    assert beside[1] == parts[0]


@pytest.mark.parametrize(("regular", "others", "held"), [
    (MIN_KNOWN, 0, True), (MIN_KNOWN - 1, 0, False), (600, 600 / MIN_KNOWN_PART + 1, False)])
def test_while_too_little_is_known_all_are_let_in(
    regular: float, others: float, held: bool
) -> None:
    _, crowd = bring(no_crowd(2), [(0, 0, REGULAR, regular), (1, 0, NEW, others)], free=0)

    parts, _ = bring(crowd, [(99, 0, NEW, 100.0)])

    assert (parts[0] < 1) == held


def test_nothing_free_is_no_limit() -> None:
    parts, _ = bring(shop(), [(99, 0, PASSING, 1e6)], free=0)

    assert parts == [1.0]


@given(st.permutations([(0, 0, PASSING, 50.0), (0, 0, PASSING, 70.0), (0, 1, NEW, 9.0),
                        (99, 0, PASSING, 30.0), (99, 0, REGULAR, 1.0), (5, 0, NEW, 500.0)]))
def test_what_comes_together_has_no_order(found: Bringing) -> None:
    wanted, crowd = bring(shop(), sorted(found))

    parts, after = bring(shop(), found)

    assert [part for _, part in sorted(zip(found, parts, strict=True))] == pytest.approx(wanted)
    assert after.masses == pytest.approx(crowd.masses)


def test_what_has_faded_is_dropped() -> None:
    _, crowd = bring(no_crowd(2), [(1, 0, NEW, 2 * MIN_MASS), (2, 1, NEW, 1.0)])

    assert bring(crowd.aged(HALF_LIFE_MS + 60_000), [(3, 0, NEW, 1.0)])[1].keys.tolist() == [2, 3]


def test_nobody_brings_nothing() -> None:
    parts, crowd = bring(no_crowd(1), [])

    assert (parts, len(crowd.keys)) == ([], 0)
