"""What a report says, and when it says nothing."""

import json
from typing import Any

import numpy as np
import pytest

from domain.experiment import Experiment, Variant
from domain.exposure import Observed, Unit
from domain.verdict import verdict

TWO = Experiment("one", 0, (Variant("control", 0.4), Variant("other", 0.4)))
THREE = Experiment("one", 0, (Variant("control", 0.4), Variant("b", 0.3), Variant("c", 0.3)))


def units(variant: str, users: int, mean: float, seed: int = 1) -> list[Unit]:
    draw = np.random.default_rng(seed)
    before = draw.poisson(2.0, users)
    return [Unit(variant, float(after), float(earlier)) for after, earlier
            in zip(draw.poisson(mean * (1 + before) / 3), before, strict=True)]


def say(experiment: Experiment, *groups: list[Unit]) -> dict[str, Any]:
    return verdict(experiment, Observed([unit for group in groups for unit in group], crossed=2))


def test_a_variant_stands_beside_the_control() -> None:
    found = say(TWO, units("control", 3_000, 2.0), units("other", 3_000, 2.6, seed=2))

    control, other = found["variants"]
    beside = other["beside_control"]
    assert control["beside_control"] is None
    assert (other["exposed"], other["users"], found["crossed"]) == (3_000, 3_000, 2)
    assert beside["lift"] == pytest.approx(0.3, abs=0.1)
    assert beside["p"] < 0.001
    assert beside["is_different"]
    low, high = beside["lift_interval"]
    assert low < beside["lift_interval_of_one_look"][0] < 0.3
    assert 0.3 < beside["lift_interval_of_one_look"][1] < high
    assert 0 < beside["variance_kept"] < 0.9
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_several_variants_share_the_errors() -> None:
    groups = units("control", 900, 2.0), units("b", 900, 2.2, seed=2)

    two = say(TWO, groups[0], [u._replace(variant="other") for u in groups[1]])
    three = say(THREE, *groups, units("c", 900, 2.0, seed=3))

    alone, shared = (found["variants"][1]["beside_control"] for found in (two, three))
    assert shared["difference"] == alone["difference"]
    assert shared["interval"][0] < alone["interval"][0]


@pytest.mark.parametrize("users", [0, 1, 99])
def test_nothing_is_said_of_few(users: int) -> None:
    found = say(TWO, units("control", 500, 2.0), units("other", users, 2.0))

    assert found["variants"][1]["beside_control"] is None
    assert found["variants"][1]["users"] == users


def test_who_is_still_in_the_window_is_exposed_and_not_yet_counted() -> None:
    waiting = [Unit("other", None, 0.0)] * 50

    found = say(TWO, units("control", 500, 2.0), units("other", 450, 2.0), waiting)

    assert (found["variants"][1]["exposed"], found["variants"][1]["users"]) == (500, 450)


def test_nothing_is_said_in_parts_of_a_control_that_does_nothing() -> None:
    busy = units("other", 200, 2.0)
    idle = [Unit("control", 0.0, unit.before) for unit in busy]

    found = say(TWO, idle, busy)
    silent = say(TWO, idle, [unit._replace(variant="other") for unit in idle])

    beside = found["variants"][1]["beside_control"]
    assert (beside["lift"], beside["lift_interval"]) == (None, None)
    assert beside["difference"] > 1
    assert silent["variants"][1]["beside_control"]["variance_kept"] is None


def test_groups_of_other_sizes_than_given_raise_the_alarm() -> None:
    fair = say(TWO, units("control", 1_000, 2.0), units("other", 1_020, 2.0))
    unfair = say(TWO, units("control", 1_000, 2.0), units("other", 1_400, 2.0))

    assert not fair["sample_ratio"]["alarm"]
    assert unfair["sample_ratio"]["alarm"]
    assert unfair["sample_ratio"]["p_of_one_look"] < 1e-6
