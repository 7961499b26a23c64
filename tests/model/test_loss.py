"""The loss against its formula, position by position."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.loss import next_item_loss
from model.network import ItemTower
from tests.model.scene import network

TEMPERATURE = 0.05


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

    loss = next_item_loss(users, targets, tower, negatives=5, temperature=TEMPERATURE)

    expected = plain(tower, users, targets, list(range(1, 11)), 1.0)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_a_large_one_is_sampled_without_the_target_among_its_own_negatives() -> None:
    tower, users, targets = scene(items=13)  # 11 learned, more than twice 5

    torch.manual_seed(9)
    loss = next_item_loss(users, targets, tower, negatives=5, temperature=TEMPERATURE)
    torch.manual_seed(9)
    drawn = torch.randint(1, 12, (5,)).tolist()

    assert set(drawn) & set(targets.flatten().tolist())  # else this proves nothing
    assert loss.item() == pytest.approx(plain(tower, users, targets, drawn, 11 / 5), rel=1e-4)


def test_many_samples_come_to_the_loss_over_the_whole_catalogue() -> None:
    tower, users, targets = scene(items=300)
    torch.manual_seed(0)

    sampled = [next_item_loss(users, targets, tower, 148, 1.0).item() for _ in range(200)]

    whole = next_item_loss(users, targets, tower, 300, 1.0).item()
    assert sum(sampled) / 200 == pytest.approx(whole, abs=0.002)


def test_positions_without_a_target_do_not_count() -> None:
    tower, users, targets = scene(items=12)
    elsewhere = torch.where((targets > 0).unsqueeze(-1), users, -users)

    losses = [next_item_loss(u, targets, tower, 5, TEMPERATURE) for u in (users, elsewhere)]

    assert losses[0].item() == losses[1].item()
