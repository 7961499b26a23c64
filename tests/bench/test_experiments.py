"""The played experiments are looked at after every user, and cry wolf no more often than stated."""

import numpy as np

from bench.experiments import USERS, played
from domain.evidence import ALPHA, MIN_USERS, always_p

RUNS = 200


def test_equal_variants_seldom_differ_though_somebody_looks_at_every_user() -> None:
    draw = np.random.default_rng(3)

    alarms = np.array([[(always_p(looks) <= ALPHA).any() for looks in played(draw, 0.0)]
                       for _ in range(RUNS)])

    assert (alarms.mean(axis=0) <= ALPHA).all()


def test_there_is_a_look_after_every_user_from_the_least_number_on() -> None:
    adjusted, raw = played(np.random.default_rng(3), 0.1)

    assert USERS - 3 * MIN_USERS < len(adjusted.users) == len(raw.users)
    assert adjusted.users[-1] == USERS
    assert adjusted.kept[-1] < 0.6
    assert raw.kept[-1] == 1
