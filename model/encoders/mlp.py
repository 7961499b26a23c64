"""Two towers: the decayed mean of what was done, through layers, beside the vectors of items.

Order is read through the decay alone. With a dot product at the end it is neural collaborative
filtering whose user side is computed from events; layers over *pairs* of user and item would have
to be asked for every item, and cannot score a whole catalogue.
source: Covington et al. 2016, "Deep Neural Networks for YouTube Recommendations"; He et al. 2017.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, MASKED, relations


class TwoTower(nn.Module):
    """The mean's decay per step is learned."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.decay = nn.Parameter(torch.tensor(0.1))  # of the logarithm, per step
        self.layers = nn.Sequential(
            nn.Linear(config.width, 4 * config.width), nn.ReLU(), nn.Dropout(config.dropout),
            nn.Linear(4 * config.width, 2 * config.width), nn.ReLU(), nn.Dropout(config.dropout),
            nn.Linear(2 * config.width, config.width))
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32 of length 1."""
        _, steps, hidden = relations(vectors, ages_s)
        first = -1 if last_only else 0
        fading = -self.decay.abs() * steps[:, first:].float()  # (1, Q, T)
        weights = fading.masked_fill(hidden[:, first:], MASKED).softmax(-1)  # (B, Q, T)
        mean = weights @ (vectors + self.types(types))  # (B, Q, D)
        return functional.normalize(mean + self.layers(mean), dim=-1)
