"""Who does not answer is left alone for a while, then asked once, whatever the clock does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.breaker import Breaker, is_within

MOMENTS = st.integers(0, 2**45)  # ms
BREAKERS = st.tuples(st.integers(1, 5), st.integers(1, 60_000)).map(lambda told: Breaker(*told))


def broken(breaker: Breaker, at_ms: int) -> Breaker:
    for _ in range(breaker.limit):
        breaker = breaker.failed(at_ms)
    return breaker


@given(BREAKERS, MOMENTS)
def test_fewer_failures_than_the_limit_change_nothing(breaker: Breaker, now_ms: int) -> None:
    for _ in range(breaker.limit):
        assert breaker.may_ask(now_ms)
        breaker = breaker.failed(now_ms)

    assert not breaker.may_ask(now_ms)


@given(BREAKERS, MOMENTS, st.integers(-60_000, 120_000))
def test_who_failed_too_often_rests_and_no_longer(
    breaker: Breaker, failed_ms: int, after_ms: int
) -> None:
    found = broken(breaker, failed_ms)

    assert found.may_ask(failed_ms + after_ms) != (0 <= after_ms < breaker.rest_ms)


@given(BREAKERS, MOMENTS)
def test_one_answer_lets_everybody_ask(breaker: Breaker, now_ms: int) -> None:
    found = broken(breaker, now_ms).answered()

    assert found.may_ask(now_ms)
    assert found.failed(now_ms).may_ask(now_ms) == (breaker.limit > 1)


@given(BREAKERS, MOMENTS)
def test_after_a_rest_one_failure_is_enough(breaker: Breaker, failed_ms: int) -> None:
    probed_ms = failed_ms + breaker.rest_ms

    found = broken(breaker, failed_ms).failed(probed_ms)

    assert not found.may_ask(probed_ms + breaker.rest_ms - 1)
    assert found.may_ask(probed_ms + breaker.rest_ms)


@given(BREAKERS, st.lists(st.tuples(st.integers(-10_000, 10_000), st.booleans()), max_size=40))
def test_whoever_is_never_answered_is_asked_once_a_rest(
    breaker: Breaker, calls: list[tuple[int, bool]]
) -> None:
    """By any clock: what is asked within a rest of a failure is fewer than the limit."""
    now_ms, in_a_row = 0, 0
    for step_ms, answers in calls:
        now_ms += step_ms
        is_resting = in_a_row >= breaker.limit and is_within(
            now_ms, breaker.failed_ms, breaker.rest_ms)
        assert breaker.may_ask(now_ms) != is_resting
        if breaker.may_ask(now_ms):
            breaker = breaker.answered() if answers else breaker.failed(now_ms)
            in_a_row = 0 if answers else in_a_row + 1


@pytest.mark.parametrize(("now_ms", "is_new"), [(9, False), (10, True), (14, True), (15, False)])
def test_what_is_yet_to_come_is_not_new(now_ms: int, is_new: bool) -> None:
    assert is_within(now_ms, 10, 5) == is_new
