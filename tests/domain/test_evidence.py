"""What two groups say: against closed forms, and in simulated experiments with fixed seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import (
    ALPHA,
    MIN_USERS,
    Comparison,
    Moments,
    Numbers,
    always_p,
    always_radius,
    compare,
    once_radius,
    ratio_always_p,
    ratio_p,
)

RUNS, USERS = 200, 4_000


def group(draw: np.random.Generator, mean: float, users: int) -> tuple[Numbers, Numbers]:
    """Outcomes that follow what was before, and noise."""
    before = draw.gamma(1.0, 2.0, users)
    return mean + before + draw.normal(0, 1, users), before


def test_without_anything_before_it_is_the_plain_difference_of_means() -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 9.0, 5.0])

    found = compare(Moments.of(a, 0 * a), Moments.of(b, 0 * b))

    assert (found.control, found.treated, found.users) == (2.0, 5.0, 7)
    assert found.variance == pytest.approx(a.var(ddof=1) / 3 + b.var(ddof=1) / 4)
    assert found.lift == pytest.approx(1.5)
    assert found.lift_variance == pytest.approx((b.var(ddof=1) / 4 + 2.5**2 / 3) / 4)
    assert found.kept == 1.0


def test_what_was_before_explains_its_part_of_the_variance() -> None:
    draw = np.random.default_rng(3)
    control, treated = (Moments.of(*group(draw, mean, 20_000)) for mean in (0.0, 0.1))

    found = compare(control, treated)

    assert found.kept == pytest.approx(1 / 5, rel=0.05)  # noise 1, what was before 4
    assert found.treated - found.control == pytest.approx(0.1, abs=4 * math.sqrt(2 / 20_000))
    assert found.variance == pytest.approx(2 / 20_000, rel=0.05)


def test_adjusting_takes_out_what_chance_put_into_a_group_before() -> None:
    before, noise = np.arange(10.0), np.array([0.1, -0.1] * 5)

    found = compare(Moments.of(before + noise, before),
                    Moments.of(before + 5 + noise, before + 5))

    assert found.treated - found.control == pytest.approx(0, abs=0.2)


def test_groups_without_difference_nor_variance_say_nothing() -> None:
    ones = np.ones(150)

    found = compare(Moments.of(ones, ones), Moments.of(ones, ones))

    assert always_p(found) == 1.0
    assert found.variance == 0


@pytest.mark.parametrize(("alpha", "errors"), [(0.05, 1.959964), (0.01, 2.575829)])
def test_one_look_is_as_in_every_table(alpha: float, errors: float) -> None:
    assert once_radius(alpha) == pytest.approx(errors, abs=1e-6)


@given(users=st.integers(200, 10**7), planned=st.integers(1_000, 10**6))
def test_every_look_costs_more_than_one(users: int, planned: int) -> None:
    assert always_radius(users, ALPHA, planned) > once_radius(ALPHA)


def test_intervals_of_every_look_are_narrowest_of_all_near_the_plan() -> None:
    def at(planned: int) -> float:
        return float(always_radius(10_000, ALPHA, planned))

    assert at(10_000) < at(2_000)
    assert at(10_000) < at(50_000)


@given(users=st.integers(200, 10**6), errors=st.floats(0, 30))
def test_the_p_value_and_the_interval_of_every_look_agree(users: int, errors: float) -> None:
    found = Comparison(0.0, errors, 1.0, 0.0, 1.0, 1.0, users)
    radius = float(always_radius(users, ALPHA))

    p = float(always_p(found))

    assert 0 <= p <= 1
    if abs(errors - radius) > 1e-9:
        assert (p <= ALPHA) == (errors > radius)


def test_whoever_looks_at_every_user_errs_no_more_often_than_stated() -> None:
    draw, alarms, naive = np.random.default_rng(5), 0, 0
    for _ in range(RUNS):
        treated = draw.random(USERS) < 0.5
        after, before = group(draw, 0.0, USERS)
        looks = compare(*(running(after, before, part) for part in (~treated, treated)))
        enough = np.arange(USERS) > 3 * MIN_USERS
        alarms += bool((always_p(looks)[enough] <= ALPHA).any())
        beyond = abs(looks.treated - looks.control) / np.sqrt(looks.variance)
        naive += bool((beyond[enough] > once_radius(ALPHA)).any())

    assert alarms / RUNS <= ALPHA
    assert naive / RUNS > 3 * ALPHA  # which is why


def test_a_difference_that_is_there_is_found() -> None:
    draw = np.random.default_rng(5)
    control, treated = (Moments.of(*group(draw, mean, 2_000)) for mean in (0.0, 0.2))

    assert always_p(compare(control, treated)) < 0.001


def running(after: Numbers, before: Numbers, part: np.ndarray) -> Moments:
    """The sums of a group after every user, two of each group put before the first."""
    y, x = after * part, before * part
    sums = (part.astype(float), y, x, y * y, x * x, x * y)
    return Moments(*(s.cumsum() + more for s, more in zip(sums, (2, 2, 2, 4, 4, 2), strict=True)))


@pytest.mark.parametrize(("counts", "p"), [
    ([50, 50], 1.0), ([0, 0], 1.0), ([40, 60], math.erfc(math.sqrt(2))),
    ([40, 60, 50], math.exp(-2)), ([10, 10, 10, 10], 1.0),
    # Four groups: P(chi-square of 3 > x) = erfc(sqrt(x / 2)) + sqrt(2 x / pi) exp(-x / 2); x = 2.
    ([20, 20, 30, 30], math.erfc(math.sqrt(2)) + math.sqrt(8 / math.pi) * math.exp(-2)),
    # Five groups: (1 + x / 2) exp(-x / 2); x = 10.
    ([10, 20, 30, 20, 20], 6 * math.exp(-5)),
])
def test_a_ratio_at_one_look_is_as_in_every_table(counts: list[int], p: float) -> None:
    shares = [1 / len(counts)] * len(counts)

    assert ratio_p(counts, shares) == pytest.approx(p, rel=1e-9)


def test_a_ratio_that_is_off_is_seen_and_one_that_is_not_is_let_alone() -> None:
    assert ratio_always_p([10_000, 10_000], [0.5, 0.5]) == 1.0
    assert ratio_always_p([10_100, 9_900], [0.5, 0.5]) > 0.1
    assert ratio_always_p([10_500, 9_500], [0.5, 0.5]) < 1e-6
    assert ratio_always_p([9_000, 1_000], [0.9, 0.1]) == 1.0
    assert ratio_always_p([0, 0], [0.5, 0.5]) == 1.0


def test_whoever_looks_at_the_ratio_of_every_ten_users_errs_no_more_often_than_stated() -> None:
    draw, alarms = np.random.default_rng(9), 0
    for _ in range(RUNS):
        treated = (draw.random(2_000) < 0.5).cumsum()[9::10]
        alarms += any(ratio_always_p([10 * n - t, t], [0.5, 0.5]) <= ALPHA
                      for n, t in enumerate(treated.tolist(), 1))

    assert alarms / RUNS <= ALPHA
