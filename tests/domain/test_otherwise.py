"""What a log of explored items says of other ways to explore, beside what is true of them."""

import json

import numpy as np
import pytest

from domain.exploration import PRIOR_RATE
from domain.off_policy import Shown
from domain.otherwise import Otherwise, best, evenly, rates, told

CHANCES = np.array([0.5, 0.3, 0.15, 0.05])
RATES = np.array([0.05, 0.1, 0.3, 0.2])
DAY_MS = 86_400_000


def log(lists: int, days: int = 4, ranked: int = 0) -> list[Shown]:
    """Lists that explore at one place, and so many impressions of what was ranked."""
    draw = np.random.default_rng(3)
    items = draw.choice(4, lists, p=CHANCES)
    return [Shown("ann", str(item), f"list-{n}", float(CHANCES[item]),
                  bool(draw.random() < RATES[item]), DAY_MS * (n * days // lists))
            for n, item in enumerate(items)] + [
        Shown("ann", "old", f"list-{n}", 1.0, n % 10 == 0, DAY_MS) for n in range(ranked)]


def test_other_ways_are_told_as_they_would_have_been() -> None:
    found = told(log(20_000), DAY_MS)

    assert found["explored"] == {"impressions": 20_000, "items": 4, "periods": 4}
    for target, truth in (("evenly", RATES.mean()), ("best known", RATES.max()),
                          ("as shown", CHANCES @ RATES)):
        names = ("ips", "snips", "doubly robust") if target != "as shown" else ("mean",)
        for name in names:
            said = found["targets"][target][name]
            assert said["rate"] == pytest.approx(truth, rel=0.1)
            assert said["interval"][0] < truth < said["interval"][1]
        assert found["targets"][target]["weight"] == pytest.approx(1, abs=0.05)
    assert json.loads(json.dumps(found)) == found


def test_lists_with_two_explored_places_are_draws_of_two() -> None:
    pairs = [Shown("ann", str(item), f"list-{n}", 0.5, item == 0, 0)
             for n in range(400) for item in ((0, 1), (2, 3))[n % 2]]

    found = Otherwise.of(pairs, DAY_MS)

    assert set(found.evenly) == {0.5}
    assert told(pairs, DAY_MS)["targets"]["evenly"]["ips"]["rate"] == pytest.approx(0.25)


def test_what_was_ranked_is_told_apart_and_odds_that_no_list_gives_are_left_out() -> None:
    forged = [Shown("eve", "0", "list-x", 1e-8, True, 0)]

    found = told(log(200, ranked=50) + forged, DAY_MS)

    assert found["ranked"] == {"impressions": 50, "rate": 0.1}
    assert found["impossible"] == 1
    assert found["explored"]["impressions"] == 200


def test_nothing_is_known_before_the_second_day() -> None:
    found = told(log(100, days=1), DAY_MS)

    assert found["targets"]["best known"] is None
    assert found["targets"]["evenly"] is not None


def test_of_nothing_nothing_is_told() -> None:
    found = told([], DAY_MS)

    assert found["ranked"] == {"impressions": 0, "rate": None}
    assert found["explored"] == {"impressions": 0, "items": 0, "periods": 0}
    assert set(found["targets"].values()) == {None}


def test_one_list_has_no_interval() -> None:
    found = told(log(1), DAY_MS)

    assert found["targets"]["evenly"]["ips"] is None


def test_odds_and_rates_are_what_they_are_called() -> None:
    known = np.array([0.1, 0.3, 0.2])

    assert evenly(known, 2) == pytest.approx([2 / 3] * 3)
    assert evenly(known, 5) == pytest.approx([1] * 3)
    assert best(known, 2).tolist() == [0, 1, 1]
    assert rates(np.zeros(0, np.int64), np.zeros(0), 2) == pytest.approx([PRIOR_RATE] * 2)
    assert rates(np.array([0, 0, 1, 1]), np.array([1.0, 0, 1, 0]), 3) == pytest.approx([0.5] * 3)
