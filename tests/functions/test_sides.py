"""Calls count on the side that they are of, and are told now and then."""

import pytest

from domain.calls import FAILED, Both
from domain.rollout import Rollout
from functions.sides import TELL_S, Made, Sides, Told
from tests.domain.counted import calls
from tests.functions.outage import Clock
from tests.functions.stage import NOW_MS

ROLLOUT = Rollout("a" * 16, 0.01, NOW_MS, NOW_MS)
NEXT = Rollout("a" * 16, 0.1, NOW_MS, NOW_MS + 1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def call(
    sides: Sides, *, is_new: bool, rollout: Rollout | None = ROLLOUT, failed: bool = False
) -> None:
    sides.begin()
    sides.stand(rollout, "ann", is_new=is_new)
    sides.made(Made(any=True))
    sides.end(failed=failed)


def test_a_call_counts_on_its_side_with_what_it_took(clock: Clock) -> None:
    sides = Sides(clock)
    sides.begin()
    sides.stand(ROLLOUT, "ann", is_new=True)
    sides.made(Made(any=True, empty=True))
    sides.made(Made(any=True, fallback=True))
    clock.now_s += 0.020
    sides.end(failed=False)

    told = sides.due()

    assert told
    assert told.rollout == ROLLOUT
    new = told.seen.candidate
    assert (new.calls, sum(new.lists), sum(new.empty), sum(new.fallback), sum(new.clicked)) == (
        (1,), 1, 1, 1, 0)
    assert new.took[2] == 1
    assert told.seen.stable.calls == (0,)


def test_what_broke_counts_as_failed_and_what_made_no_list_not_at_all(clock: Clock) -> None:
    sides = Sides(clock)
    call(sides, is_new=False, failed=True)
    sides.begin()
    sides.stand(ROLLOUT, "ann", is_new=True)
    sides.end(failed=False)

    told = sides.due()

    assert told
    assert told.seen == Both(stable=FAILED)


def test_a_copy_that_cannot_open_the_candidate_says_so_whoever_asked(clock: Clock) -> None:
    sides = Sides(clock)

    sides.broken(ROLLOUT)

    assert (told := sides.due())
    assert told.seen == Both(FAILED)


def test_without_a_rollout_there_is_nothing_to_tell(clock: Clock) -> None:
    sides = Sides(clock)

    call(sides, is_new=False, rollout=None, failed=True)

    assert sides.due() is None


def test_it_is_told_at_once_and_then_now_and_then(clock: Clock) -> None:
    sides = Sides(clock)
    call(sides, is_new=True)
    assert sides.due()

    call(sides, is_new=True)
    call(sides, is_new=False)

    assert sides.due() is None
    clock.now_s += TELL_S
    assert (told := sides.due())
    assert (told.seen.candidate.calls, told.seen.stable.calls) == ((1,), (1,))
    assert sides.due() is None


def test_what_could_not_be_told_is_told_with_the_next(clock: Clock) -> None:
    sides = Sides(clock)
    call(sides, is_new=True)
    first = sides.due()
    assert first
    sides.again(first)
    call(sides, is_new=True)
    clock.now_s += TELL_S

    second = sides.due()

    assert second
    assert second.seen.candidate.calls == (2,)


def test_counts_of_another_share_are_let_go(clock: Clock) -> None:
    sides = Sides(clock)
    call(sides, is_new=True)
    first = sides.due()
    assert first
    call(sides, is_new=True, rollout=NEXT)
    sides.again(first)
    clock.now_s += TELL_S

    told = sides.due()

    assert told
    assert told.rollout == NEXT
    assert told.seen.candidate.calls == (1,)


def test_a_copy_that_hears_of_harm_makes_no_more_lists_of_that_share(clock: Clock) -> None:
    sides = Sides(clock)

    why = sides.heard(Told(ROLLOUT, Both(calls(9, failed=9), calls(900))))

    assert "fail" in why
    assert sides.is_harmed(ROLLOUT)
    assert not sides.is_harmed(NEXT)


def test_what_is_no_harm_stops_nothing(clock: Clock) -> None:
    sides = Sides(clock)

    assert sides.heard(Told(ROLLOUT, Both(calls(9), calls(900)))) == ""

    assert not sides.is_harmed(ROLLOUT)


def test_from_a_harm_to_its_end_it_takes_less_than_a_minute() -> None:
    """Two copies: one tells what makes it certain, the other hears of that when it tells next."""
    assert 2 * TELL_S <= 60
