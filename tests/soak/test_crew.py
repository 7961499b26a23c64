"""Seeds are run in order, with the same outcome in one process and in another."""

import pytest

from soak.crew import soak_all
from soak.dice import ALL


@pytest.mark.parametrize(("processes", "each"), [(1, 200), (2, 200), (1, 1)])
def test_every_seed_is_run_and_none_twice(processes: int, each: int) -> None:
    outcomes = list(soak_all(range(2), ALL, processes, each))

    assert [outcome.seed for outcome in outcomes] == [0, 1]
    assert all(outcome.problems == [] for outcome in outcomes)


def test_two_processes_come_to_what_one_does() -> None:
    alone = list(soak_all([4], ALL, 1))

    assert list(soak_all([4], ALL, 2)) == alone
