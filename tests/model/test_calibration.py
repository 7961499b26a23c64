"""Chances that come true as often as they say."""

import numpy as np
import pytest
import torch

from model.calibration import Scaling, error, fitted


def test_logits_that_say_too_much_are_brought_down() -> None:
    chance = np.random.default_rng(1)
    true = torch.from_numpy(chance.normal(-1, 1, 20_000))
    came = torch.from_numpy(chance.random(20_000)) < true.sigmoid()

    scale, shift = fitted(3 * true + 1, came.double())

    assert scale == pytest.approx(1 / 3, abs=0.02)
    assert shift == pytest.approx(-1 / 3, abs=0.05)


def test_what_is_fitted_is_less_wrong_on_what_was_not_seen() -> None:
    chance = np.random.default_rng(2)
    true = torch.from_numpy(chance.normal(-3, 1, 40_000))
    came = (torch.from_numpy(chance.random(40_000)) < true.sigmoid()).double()
    scale, shift = fitted(2 * true[::2], came[::2])

    told = 2 * true[1::2]

    before, after = (error(one.sigmoid().numpy(), came[1::2].numpy())
                     for one in (told, told * scale + shift))
    assert after < 0.01 < before


def test_values_between_no_and_yes_are_fitted_too() -> None:
    told, came = torch.zeros(100), torch.full((100,), 0.75)

    scale, shift = fitted(told, came)

    assert torch.tensor(shift + 0 * scale).sigmoid().item() == pytest.approx(0.75, abs=1e-3)


@pytest.mark.parametrize(("chances", "came", "wanted"), [
    ([0.5, 0.5], [0, 1], 0.25 * 2), ([], [], 0.0), ([1.0, 0.0], [1, 0], 0.0),
])
def test_the_error_is_the_distance_of_what_was_told_from_what_came(
    chances: list[float], came: list[float], wanted: float
) -> None:
    assert error(np.array(chances), np.array(came, np.float64)) == wanted


def test_without_scaling_a_chance_is_what_the_logit_says() -> None:
    assert Scaling() == (1.0, 0.0)
