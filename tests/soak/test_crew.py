"""Seeds are run in order, with the same outcome in one process and in another."""

import pytest

from soak.crew import soak_all
from soak.dice import ALL
from soak.seed import Outcome

SEEDS = range(2)


@pytest.fixture(scope="module")
def alone() -> list[Outcome]:
    """Of each seed, in one process."""
    return list(soak_all(SEEDS, ALL, 1))


def test_every_seed_is_run_in_order_and_none_twice(alone: list[Outcome]) -> None:
    assert [outcome.seed for outcome in alone] == list(SEEDS)
    assert all(outcome.problems == [] for outcome in alone)


@pytest.mark.parametrize(("processes", "each"), [(2, 200), (1, 1)])
def test_two_processes_come_to_what_one_does(
    alone: list[Outcome], processes: int, each: int
) -> None:
    """Beside each other, or one after the other."""
    assert list(soak_all(SEEDS, ALL, processes, each)) == alone
