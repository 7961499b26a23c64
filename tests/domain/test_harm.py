"""What is worse is told in one look, and what may be chance is not."""

import pytest

from domain.calls import GROUPS, TOOK_MS, Counts
from domain.harm import harm
from tests.domain.counted import calls


@pytest.mark.parametrize(("candidate", "why"), [
    (calls(5, failed=5), "fail"), (calls(200, failed=20), "fail"),
    (calls(300, empty=90), "hold no item"), (calls(1000, fallback=600), "fall back"),
    (calls(200, ms=80), "take 64 ms"), (calls(9000, clicked=90), "find a user who clicked")])
def test_what_is_worse_leaves_in_one_look_and_says_why(candidate: Counts, why: str) -> None:
    stable = calls(20_000, failed=20, fallback=4_000, empty=20, ms=20)

    found = harm(candidate, stable)

    assert why in found
    assert "of the model before" in found


@pytest.mark.parametrize("candidate", [
    calls(4, failed=4), calls(200, failed=1), calls(9000, fallback=2100), calls(300, empty=3),
    calls(300, clicked=10), calls(200, ms=30), calls(9000, clicked=850)])
def test_what_may_be_chance_or_is_hardly_worse_stays(candidate: Counts) -> None:
    stable = calls(20_000, failed=20, fallback=4_000, empty=20, ms=20)

    assert not harm(candidate, stable)


def test_what_is_better_is_no_harm() -> None:
    assert not harm(calls(500, clicked=400), calls(20_000, failed=20, ms=80))


def test_what_ails_everybody_is_not_laid_on_the_candidate() -> None:
    assert not harm(calls(300, failed=150), calls(29_700, failed=14_850))


def test_before_the_model_before_answered_anybody_nothing_is_compared() -> None:
    assert not harm(calls(9, failed=9), Counts())


def test_calls_beyond_the_last_bound_are_compared_by_it() -> None:
    slow = TOOK_MS[-1] + 1.0

    assert not harm(calls(300, ms=slow), calls(300, ms=slow))
    assert harm(calls(300, ms=slow), calls(300, ms=TOOK_MS[-3]))


def test_of_few_users_nothing_is_said_however_often_they_ask() -> None:
    alone = (900, *[0] * (GROUPS - 1))
    one = calls(900)._replace(lists=alone, fallback=alone)

    assert not harm(one, calls(20_000, fallback=4_000))


def test_users_who_differ_much_make_no_case() -> None:
    """Half of the groups fall back always, the others never: as of few users."""
    uneven = tuple(56 * (place % 2) for place in range(GROUPS))

    assert not harm(calls(896)._replace(fallback=uneven), calls(20_000, fallback=4_000))
