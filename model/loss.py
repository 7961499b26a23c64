"""What a family learns by: at each position, the item that came next against other items.

All of one shape: (users, targets, strengths, tower, negatives) -> the mean over M positions, where
    users:     (M, D) divided by the temperature, so that a product with an item is its score
    targets:   (M,) int64 rows of what came next
    strengths: (M,) float32 how much what was done then says; only `mse` reads it
    negatives: how many items are drawn, uniformly, and shared by the batch; a catalogue no larger
               than twice as many stands for the sample as a whole
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from model.config import TrainConfig
from model.network import ItemTower

Loss = Callable[[Tensor, Tensor, Tensor, ItemTower, int], Tensor]


def next_item_loss(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, config: TrainConfig
) -> Tensor:
    """The loss of the config over the positions that have a target.

    users: (B, T, D); targets: (B, T) int64 rows, 0 = no target; strengths: (B, T) float32.
    """
    asked = targets > 0
    return LOSSES[config.loss](users[asked] / config.temperature, targets[asked],
                               strengths[asked], tower, config.negatives)


def sampled_softmax(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, negatives: int
) -> Tensor:
    """Cross entropy among the drawn items; since they are uniform, logQ is one constant.

    source: Bengio & Senécal 2008 (logQ correction).
    """
    if _is_small(tower, negatives):
        return softmax(users, targets, strengths, tower, negatives)
    true, others, kept = _against(users, targets, tower, negatives)
    # Each drawn item stands for its share of the catalogue it was drawn from.
    others = (others + math.log(tower.n_learned / negatives)).masked_fill(~kept, float("-inf"))
    logits = torch.cat([true.unsqueeze(1), others], dim=1)
    return functional.cross_entropy(logits, torch.zeros_like(targets))


def softmax(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, negatives: int
) -> Tensor:
    """Cross entropy among all learned items. cost: M * N scores, and their gradients."""
    return functional.cross_entropy(users @ _everything(tower, users).T, targets - 1)


def bce(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, negatives: int
) -> Tensor:
    """Is it the next one? Asked of the true one, and as often of others, of which this is the mean.

    source: Kang & McAuley 2018, whose one drawn item per position this is in expectation.
    """
    true, others, kept = _against(users, targets, tower, negatives)
    return (-functional.logsigmoid(true) - _mean(functional.logsigmoid(-others), kept)).mean()


def bpr(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, negatives: int
) -> Tensor:
    """The true one before another. source: Rendle et al. 2009 (BPR-Opt)."""
    true, others, kept = _against(users, targets, tower, negatives)
    return -_mean(functional.logsigmoid(true.unsqueeze(1) - others), kept).mean()


def mse(
    users: Tensor, targets: Tensor, strengths: Tensor, tower: ItemTower, negatives: int
) -> Tensor:
    """The score is the strength of the event, and 0 for others, without which all would be liked.

    source: Hu, Koren & Volinsky 2008, whose missing events are zeros of less weight.
    """
    true, others, kept = _against(users, targets, tower, negatives)
    return ((true - strengths) ** 2 + _mean(others**2, kept)).mean()


LOSSES: dict[str, Loss] = {
    "sampled-softmax": sampled_softmax, "softmax": softmax, "bce": bce, "bpr": bpr, "mse": mse,
}


def _against(
    users: Tensor, targets: Tensor, tower: ItemTower, negatives: int
) -> tuple[Tensor, Tensor, Tensor]:
    """(M,) scores of the true items, (M, n) of others, and which of these are not the true one."""
    if _is_small(tower, negatives):
        rows = torch.arange(1, tower.n_learned + 1, device=users.device)
    else:
        rows = torch.randint(1, tower.n_learned + 1, (negatives,), device=users.device)
    true = (users * tower(targets)).sum(-1)
    return true, users @ tower(rows).T, targets.unsqueeze(1) != rows.unsqueeze(0)


def _is_small(tower: ItemTower, negatives: int) -> bool:
    return tower.n_learned <= 2 * negatives


def _everything(tower: ItemTower, users: Tensor) -> Tensor:
    found: Tensor = tower(torch.arange(1, tower.n_learned + 1, device=users.device))
    return found


def _mean(terms: Tensor, kept: Tensor) -> Tensor:
    """(M,) the mean of what is kept of each row."""
    return (terms * kept).sum(1) / kept.sum(1).clamp(min=1)
