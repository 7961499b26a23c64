"""The played rankers: equal ones are seldom told apart, a better one soon."""

import numpy as np

from bench.interleaving import SPREAD, USERS, Shop, compared
from domain.evidence import ALPHA

RUNS = 10


def test_equal_rankers_are_seldom_told_apart_though_somebody_looks_at_every_user() -> None:
    draw = np.random.default_rng(3)

    alarms = [bool((Shop(draw, 0.0).interleaved()[0] <= ALPHA).any()) for _ in range(RUNS)]

    assert sum(alarms) / RUNS <= ALPHA


def test_a_better_ranker_takes_fewer_users_than_an_experiment() -> None:
    found = compared(np.random.default_rng(3), 5, (5, 10))

    assert found["found_against"] == {"interleaving": 0, "a_b": 0}
    assert 1 < found["ratio"] < USERS


def test_a_ranker_is_no_better_than_itself() -> None:
    shop = Shop(np.random.default_rng(3), SPREAD)
    shop.b = shop.a

    assert shop.lift(10) == 0
