"""The losses against their formulas, position by position."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.config import CHOICES
from model.loss import LOSSES, drawn, next_item_loss
from model.network import ItemTower
from tests.model.scene import SMALL, network

TEMPERATURE = 0.05
STRENGTHS = torch.tensor([[0, 0, 1, 2, -1, 0.3], [0, 5, 3, 1, 2, 2]])


def loss_of(
    users: Tensor, targets: Tensor, tower: ItemTower, negatives: int,
    temperature: float = TEMPERATURE, loss: str = "sampled-softmax",
) -> float:
    config = replace(SMALL, negatives=negatives, temperature=temperature, loss=loss)
    return next_item_loss(users, targets, STRENGTHS, tower, drawn(tower, config), config).item()


def scene(items: int) -> tuple[ItemTower, Tensor, Tensor]:
    tower = network(items=items, learned=items - 2).tower.eval()
    torch.manual_seed(5)
    users = functional.normalize(torch.randn(2, 6, 16), dim=-1)
    return tower, users, torch.tensor([[0, 0, 3, 1, 5, 2], [0, 4, 4, 1, 6, 8]])


def plain(
    tower: ItemTower, users: Tensor, targets: Tensor, others: list[int], weight: float
) -> float:
    """Mean over the positions with a target of -log p, others counted `weight` times."""
    vectors, losses = tower(torch.arange(tower.n_learned + 1)).detach(), []
    for user, target in zip(users.flatten(0, 1), targets.flatten().tolist(), strict=True):
        if target:
            true = math.exp(float(user @ vectors[target]) / TEMPERATURE)
            rest = sum(math.exp(float(user @ vectors[o]) / TEMPERATURE)
                       for o in others if o != target)
            losses.append(-math.log(true / (true + weight * rest)))
    return sum(losses) / len(losses)


def test_a_small_catalogue_is_scored_whole() -> None:
    tower, users, targets = scene(items=12)

    loss = loss_of(users, targets, tower, negatives=5)

    expected = plain(tower, users, targets, list(range(1, 11)), 1.0)
    assert loss == pytest.approx(expected, rel=1e-4)


def test_a_large_one_is_sampled_without_the_target_among_its_own_negatives() -> None:
    tower, users, targets = scene(items=13)  # 11 learned, more than twice 5

    torch.manual_seed(9)
    loss = loss_of(users, targets, tower, negatives=5)
    torch.manual_seed(9)
    others = torch.randint(1, 12, (5,)).tolist()

    assert set(others) & set(targets.flatten().tolist())  # else this proves nothing
    assert loss == pytest.approx(plain(tower, users, targets, others, 11 / 5), rel=1e-4)


def test_many_samples_come_to_the_loss_over_the_whole_catalogue() -> None:
    tower, users, targets = scene(items=300)
    torch.manual_seed(0)

    sampled = [loss_of(users, targets, tower, 148, 1.0) for _ in range(200)]

    whole = loss_of(users, targets, tower, 300, 1.0)
    assert sum(sampled) / 200 == pytest.approx(whole, abs=0.002)


@pytest.mark.parametrize("loss", LOSSES)
def test_positions_without_a_target_do_not_count(loss: str) -> None:
    tower, users, targets = scene(items=12)
    elsewhere = torch.where((targets > 0).unsqueeze(-1), users, -users)

    losses = [loss_of(u, targets, tower, 5, loss=loss) for u in (users, elsewhere)]

    assert losses[0] == losses[1]


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x))


def softmax_of(true: float, others: list[float], strength: float) -> float:
    return math.log(sum(math.exp(score - true) for score in [true, *others]))


def bce_of(true: float, others: list[float], strength: float) -> float:
    return -log_sigmoid(true) - sum(log_sigmoid(-other) for other in others) / len(others)


def bpr_of(true: float, others: list[float], strength: float) -> float:
    return -sum(log_sigmoid(true - other) for other in others) / len(others)


def mse_of(true: float, others: list[float], strength: float) -> float:
    return (true - strength) ** 2 + sum(other**2 for other in others) / len(others)


Formula = Callable[[float, list[float], float], float]


@pytest.mark.parametrize("items", [12, 13])  # of which 10 learned are all scored, and 11 drawn from
@pytest.mark.parametrize(("loss", "formula"), [
    ("softmax", softmax_of), ("bce", bce_of), ("bpr", bpr_of), ("mse", mse_of)])
def test_a_loss_is_its_formula(loss: str, formula: Formula, items: int) -> None:
    tower, users, targets = scene(items)
    torch.manual_seed(9)

    found = loss_of(users, targets, tower, negatives=5, loss=loss)

    torch.manual_seed(9)
    whole = list(range(1, tower.n_learned + 1))
    others = whole if items == 12 or loss == "softmax" else torch.randint(1, 12, (5,)).tolist()
    scores = (users @ tower(torch.arange(tower.n_learned + 1)).T).flatten(0, 1) / TEMPERATURE
    rows = scores.detach().numpy()
    parts = [formula(float(row[target]), [float(row[o]) for o in others if o != target], strength)
             for row, target, strength in zip(rows, targets.flatten().tolist(),
                                              STRENGTHS.flatten().tolist(), strict=True) if target]
    assert found == pytest.approx(sum(parts) / len(parts), rel=1e-4)


def test_every_loss_that_may_be_chosen_is_there() -> None:
    assert set(LOSSES) == set(CHOICES["loss"])
