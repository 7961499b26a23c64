"""Intervals hold the truth as often as they say, and equals are rarely called different."""

from collections.abc import Callable

import numpy as np
import pytest

from model.answers import Reals
from model.report.chance import MIN_USERS, Estimate, Figure, Users, mean_of
from tests.model.report.scene import cases_of

SIMULATIONS = 1000
THREE_SIGMA = 3 * (0.05 * 0.95 / SIMULATIONS) ** 0.5


def names(n: int, each: int = 1) -> list[str]:
    return [f"user-{number:04}" for number in range(n) for _ in range(each)]


def false_alarms(worth: Callable[[Reals], Reals]) -> float:
    """Share of simulations in which two rankers that are equally good are called different.

    worth: of the (40, 5) chances of a hit for users whose taste each ranker meets alike.
    """
    users, chance = Users(cases_of(names(40, each=5)), 1, replicates=1), np.random.default_rng(2)
    found = []
    for _ in range(SIMULATIONS):
        taste = np.repeat(chance.random((40, 1)), 5, axis=1)  # what one user does hangs together
        ours, theirs = (worth(taste - chance.random((40, 5))).ravel() for _ in range(2))
        found.append(users.p_value(ours, theirs, flips=1999))
    return float(np.mean(np.array(found) <= 0.05))


def test_equals_are_called_different_in_one_of_twenty_simulations() -> None:
    found = false_alarms(lambda margin: 1 / np.log2(2 + 50 * np.maximum(0, 0.7 - margin)))

    assert abs(found - 0.05) < THREE_SIGMA


def test_where_many_users_tie_equals_are_called_different_less_often_never_more() -> None:
    found = false_alarms(lambda margin: (margin > 0).astype(np.float64))

    assert found < 0.05 + THREE_SIGMA


def test_by_cases_in_place_of_users_equals_would_be_called_different_often() -> None:
    chance, alarms = np.random.default_rng(3), {"users": 0, "cases": 0}
    by = {"users": Users(cases_of(names(20, each=15)), 1, replicates=1),
          "cases": Users(cases_of(names(300)), 1, replicates=1)}

    for _ in range(200):
        ours, theirs = (np.repeat(chance.normal(size=20), 15) for _ in range(2))
        for who, users in by.items():
            alarms[who] += users.p_value(ours, theirs, flips=199) <= 0.05

    assert alarms["users"] < 25
    assert alarms["cases"] > 100


def test_one_who_is_better_everywhere_is_found_and_the_least_p_value_is_not_zero() -> None:
    users = Users(cases_of(names(50)), 1, replicates=1)

    found = users.p_value(np.ones(50), np.zeros(50), flips=999)

    assert found == pytest.approx(1 / 1000)
    assert users.p_value(np.zeros(50), np.ones(50), flips=999) == found  # two-sided
    assert users.p_value(np.ones(50), np.ones(50), flips=999) == 1.0


def test_a_p_value_of_few_users_is_the_share_of_all_signs() -> None:
    users = Users(cases_of(names(3)), 1, replicates=1)

    found = users.p_value(np.array([1.0, 2.0, 4.0]), np.zeros(3), flips=9999)

    assert found == pytest.approx(2 / 8, abs=0.02)  # +++ and --- are as large, no other is


def test_signs_in_pieces_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(5)
    ours, theirs = chance.random(60), chance.random(60)
    users = Users(cases_of(names(60)), 1, replicates=1)
    whole = users.p_value(ours, theirs)

    monkeypatch.setattr("model.report.chance.CELLS", 700)

    assert users.p_value(ours, theirs) == pytest.approx(whole, abs=0.02)


def test_an_interval_holds_the_truth_about_95_times_of_100() -> None:
    chance, held = np.random.default_rng(4), 0
    users = Users(cases_of(names(120, each=2)), 7)

    for _ in range(300):
        taste = np.repeat(chance.normal(0.3, 1.0, 120), 2)
        found = users.estimates({"it": mean_of(taste + chance.normal(size=240))})["it"]
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.3 <= found.high

    assert 0.91 <= held / 300 <= 0.98


def test_an_estimate_is_that_of_users_drawn_one_by_one() -> None:
    cases = cases_of(["ann", "bob", "bob", *names(18)])
    top, bottom = np.random.default_rng(6).random((2, 21))
    users = Users(cases, 9, replicates=500)

    found = users.estimates({"ratio": Figure(top, bottom)})["ratio"]

    chance, draws = np.random.default_rng(9), []
    for _ in range(500):
        drawn = np.sort([case.user for case in cases])
        drawn = np.unique(drawn)[chance.integers(0, 20, 20)]
        rows = [place for one in drawn for place, case in enumerate(cases) if case.user == one]
        draws.append(top[rows].sum() / bottom[rows].sum())
    assert found.value == pytest.approx(top.sum() / bottom.sum())
    assert found.low == pytest.approx(np.percentile(draws, 2.5), rel=1e-5)
    assert found.high == pytest.approx(np.percentile(draws, 97.5), rel=1e-5)


def test_of_too_few_users_there_is_a_figure_and_no_interval() -> None:
    few = Users(cases_of(names(MIN_USERS - 1)), 1)
    some = Users(cases_of(names(MIN_USERS)), 1)

    assert few.estimates({"it": mean_of(np.ones(MIN_USERS - 1))}) == {"it": Estimate(1.0)}
    assert some.estimates({"it": mean_of(np.ones(MIN_USERS))}) == {"it": Estimate(1.0, 1.0, 1.0)}


def test_what_is_no_number_is_not_in_a_mean_and_a_mean_of_nothing_is_left_out() -> None:
    users = Users(cases_of(names(3)), 1)

    found = users.estimates({"some": mean_of(np.array([1.0, np.nan, 2.0])),
                             "none": mean_of(np.full(3, np.nan))})

    assert found == {"some": Estimate(1.5)}
    assert users.estimates({"none": mean_of(np.full(3, np.nan))}) == {}


def test_a_part_of_the_cases_is_a_figure_of_its_own() -> None:
    users = Users(cases_of(names(4)), 1)
    whole = mean_of(np.array([1.0, 2.0, 3.0, 4.0]))

    found = users.estimates({"it": whole.within(np.array([True, False, False, True]))})

    assert found == {"it": Estimate(2.5)}
