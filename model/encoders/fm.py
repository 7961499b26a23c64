"""A factorization machine over the next item and the bag of what was done, items and types.

Its pairwise terms that hold the next item come to <sum of the bag's vectors, item's vector>, and
its linear one to the item's own weight; all others are the same for every item and change no list.
So it is a dot product like all families: the last number of an item's vector is its linear weight,
and meets a 1. Labels of an item add to both, as features of their own.
source: Rendle 2010, "Factorization Machines".
"""

import torch
from torch import Tensor, nn

from model.config import TrainConfig
from model.network import EVENT_TYPES, real


class FactorizationMachine(nn.Module):
    """The bag counts as a whole: each of n events with 1/n, as in Rendle 2010, section V."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.types = nn.Embedding(EVENT_TYPES, config.width - 1)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32, whose last number is 1."""
        is_real = real(vectors)
        bag = ((vectors[..., :-1] + self.types(types)) * is_real).cumsum(dim=1)
        users = bag / is_real.cumsum(dim=1).clamp(min=1)
        users = torch.cat([users, torch.ones_like(users[..., :1])], dim=-1)
        return users[:, -1:] if last_only else users
