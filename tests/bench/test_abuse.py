"""The defence holds its two thresholds against what is cheapest, in a small shop of fixed seed."""

import pytest

from bench.abuse import Trial
from bench.attacks import Accounts, Attack, launched, taken_up
from bench.crowds import DAY_MS, Shop, visitors
from domain.defence import OFF

SHOP = Shop(days=3, events_a_day=40_000, items=1_500)
COARSE = (60, 20)  # minutes of a roll-up


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(visitors(SHOP), SHOP.end_ms, minutes=COARSE)


def few(trial: Trial) -> Attack:
    return next(attack for attack in Accounts(SHOP).all() if attack.name.startswith("10 accounts"))


@pytest.mark.parametrize("kind", ["click", "purchase"])
def test_of_an_item_pushed_by_one_percent_of_traffic_no_twentieth_is_left(
    trial: Trial, kind: str
) -> None:
    found = trial.lift(Accounts(SHOP).main(kind=kind))

    assert found.places[1] < 50 < found.places[2]
    assert found.counts("1h") <= 0.05
    assert found.counts("24h") <= 0.05
    assert found.lost <= 0.005


def test_a_few_accounts_get_no_further_than_many(trial: Trial) -> None:
    found = trial.lift(few(trial))

    assert max(found.counts("1h"), found.counts("24h")) <= 0.05
    assert found.lost <= 0.005


def test_without_the_defence_the_whole_lift_counts() -> None:
    bare = Trial(visitors(SHOP), SHOP.end_ms, OFF, COARSE)

    found = bare.lift(Accounts(SHOP).main())

    assert found.counts("24h") == pytest.approx(1, rel=1e-3)
    assert found.lost == 0


def test_a_new_item_that_everybody_comes_to_loses_nothing(trial: Trial) -> None:
    found = trial.lift(launched(SHOP, trial.honest))

    assert found.counts("24h") > 0.95
    assert found.places[2] == found.places[1]


def test_an_item_that_is_taken_up_stays_among_the_first(trial: Trial) -> None:
    found = trial.lift(taken_up(SHOP, trial.honest))

    assert found.places[0] > 50
    assert found.places[2] < 10


def test_no_attack_is_more_than_one_percent_of_a_day() -> None:
    last_ms = SHOP.end_ms - DAY_MS

    days = [int((attack.events["at_ms"] >= last_ms).sum()) for attack in Accounts(SHOP).all()]

    assert days[0] == SHOP.events_a_day // 100
    assert max(days) < 1.1 * days[0]  # the times of three days are drawn by lot
