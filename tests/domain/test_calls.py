"""What was counted of calls comes back, adds up, and falls to its user's group."""

import pytest

from domain.calls import FAILED, GROUPS, Both, Counts, took
from tests.domain.counted import calls


def test_counts_come_back_and_add_up() -> None:
    one, other = calls(30, 2, 3, 4, 5, ms=9), calls(3, ms=9_000)

    assert Counts.from_numbers(one.to_numbers()) == one
    assert Counts().to_numbers() == {}
    assert (one + other).calls == (33,)
    assert (one + other).took == tuple(map(sum, zip(one.took, other.took, strict=True)))
    assert Both(one, other) + Both(other, one) == Both(one + other, one + other)


@pytest.mark.parametrize(("ms", "place"), [(0, 0), (7.9, 0), (8, 1), (4095, 9), (4096, 10)])
def test_a_call_counts_by_what_it_took(ms: float, place: int) -> None:
    assert took(ms).index(1) == place
    assert sum(took(ms)) == 1


def test_a_list_counts_in_the_group_of_its_user_and_always_the_same() -> None:
    one = Counts.of_list("ann", 9, fallback=True, empty=False, clicked=True)
    other = Counts.of_list("ann", 9, fallback=False, empty=True, clicked=False)

    both = one + other

    assert both.calls == (2,)
    assert both.lists[(group := both.lists.index(2))] == 2
    assert (both.fallback[group], both.empty[group], both.clicked[group]) == (1, 1, 1)
    assert both.took[1] == 2


def test_users_are_spread_over_all_groups() -> None:
    found = Counts()
    for n in range(400):
        found += Counts.of_list(f"user-{n}", 1, fallback=False, empty=False, clicked=False)

    assert min(found.lists) > 5
    assert len(found.lists) == GROUPS


def test_a_call_that_failed_made_no_list() -> None:
    assert (FAILED.calls, FAILED.failed, sum(FAILED.lists), sum(FAILED.took)) == ((1,), (1,), 0, 0)
