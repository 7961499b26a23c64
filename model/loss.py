"""What a family learns by: at each position, the item that came next against other items.

All of one shape: (users, targets, strengths, tower, others) -> the mean over M positions, where
    users:     (M, D) divided by the temperature, so that a product with an item is its score
    targets:   (M,) int64 rows of what came next
    strengths: (M,) float32 how much what was done then says; only `mse` reads it
    others:    (n,) int64 rows as `drawn` chose them, shared by the batch
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from model.config import TrainConfig
from model.network import ItemTower

Loss = Callable[[Tensor, Tensor, Tensor, ItemTower, Tensor], Tensor]


def drawn(tower: ItemTower, config: TrainConfig) -> Tensor:
    """(n,) int64 rows that a batch is held against, drawn uniformly among the learned ones.

    A catalogue no larger than twice the sample stands for it as a whole.
    """
    device = tower.identity.weight.device
    if config.loss == "softmax" or tower.n_learned <= 2 * config.negatives:
        return torch.arange(1, tower.n_learned + 1, device=device)
    return torch.randint(1, tower.n_learned + 1, (config.negatives,), device=device)


def next_item_loss(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor,
    config: TrainConfig,
) -> Tensor:
    """The loss of the config over the positions that have a target.

    users: (B, T, D); targets: (B, T) int64 rows, 0 = no target; strengths: (B, T) float32.
    """
    asked = targets > 0
    return LOSSES[config.loss](users[asked] / config.temperature, targets[asked],
                               strengths[asked], tower, others)


def sampled_softmax(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor
) -> Tensor:
    """Cross entropy among the drawn items; since they are uniform, logQ is one constant.

    source: Bengio & Senécal 2008 (logQ correction).
    """
    if len(others) == tower.n_learned:
        return softmax(users, targets, strengths, tower, others)
    true, scores, kept = _against(users, targets, tower, others)
    # Each drawn item stands for its share of the catalogue it was drawn from.
    scores = (scores + math.log(tower.n_learned / len(others))).masked_fill(~kept, float("-inf"))
    logits = torch.cat([true.unsqueeze(1), scores], dim=1)
    return functional.cross_entropy(logits, torch.zeros_like(targets))


def softmax(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor
) -> Tensor:
    """Cross entropy among all learned items. cost: M * N scores, and their gradients."""
    return functional.cross_entropy(users @ tower(others).T, targets - 1)


def bce(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor
) -> Tensor:
    """Is it the next one? Asked of the true one, and as often of others, of which this is the mean.

    source: Kang & McAuley 2018, whose one drawn item per position this is in expectation.
    """
    true, scores, kept = _against(users, targets, tower, others)
    return (-functional.logsigmoid(true) - _mean(functional.logsigmoid(-scores), kept)).mean()


def bpr(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor
) -> Tensor:
    """The true one before another. source: Rendle et al. 2009 (BPR-Opt)."""
    true, scores, kept = _against(users, targets, tower, others)
    return -_mean(functional.logsigmoid(true.unsqueeze(1) - scores), kept).mean()


def mse(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, others: Tensor
) -> Tensor:
    """The score is the strength of the event, and 0 for others, without which all would be liked.

    source: Hu, Koren & Volinsky 2008, whose missing events are zeros of less weight.
    """
    true, scores, kept = _against(users, targets, tower, others)
    return ((true - strengths) ** 2 + _mean(scores**2, kept)).mean()


LOSSES: dict[str, Loss] = {
    "sampled-softmax": sampled_softmax, "softmax": softmax, "bce": bce, "bpr": bpr, "mse": mse,
}


def _against(
    users: Tensor, targets: Tensor, tower: ItemTower, others: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """(M,) scores of the true items, (M, n) of others, and which of these are not the true one."""
    true = (users * tower(targets)).sum(-1)
    return true, users @ tower(others).T, targets.unsqueeze(1) != others.unsqueeze(0)


def _mean(terms: Tensor, kept: Tensor) -> Tensor:
    """(M,) the mean of what is kept of each row."""
    return (terms * kept).sum(1) / kept.sum(1).clamp(min=1)
