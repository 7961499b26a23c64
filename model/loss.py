"""Sampled softmax: each position must find the item that came next among shared negatives."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from model.network import ItemTower


def next_item_loss(
    users: Tensor, targets: Tensor, tower: ItemTower, negatives: int, temperature: float
) -> Tensor:
    """Mean cross entropy of the true next item over the positions that have one.

    users: (B, T, D) of length 1; targets: (B, T) int64 rows, 0 = no target.
    Negatives are drawn uniformly and shared by the batch, so logQ is one constant; a catalogue
    no larger than twice the sample is scored whole.
    source: Bengio & Senécal 2008 (logQ correction).
    """
    asked = targets > 0
    users, targets = users[asked] / temperature, targets[asked]  # (M, D), (M,)
    n_items = tower.n_learned
    if n_items <= 2 * negatives:
        catalog = tower(torch.arange(1, n_items + 1, device=users.device))
        return functional.cross_entropy(users @ catalog.T, targets - 1)
    drawn = torch.randint(1, n_items + 1, (negatives,), device=users.device)
    true = (users * tower(targets)).sum(-1, keepdim=True)  # (M, 1)
    others = users @ tower(drawn).T  # (M, negatives)
    # Each drawn item stands for its share of the catalogue it was drawn from.
    others = others + math.log(n_items / negatives)
    others = others.masked_fill(targets.unsqueeze(1) == drawn.unsqueeze(0), float("-inf"))
    logits = torch.cat([true, others], dim=1)
    return functional.cross_entropy(logits, torch.zeros_like(targets))
