"""Self-attention as published: pre-norm softmax attention over learned positions, and no clock.

Ours is what all families share: vectors of length 1 and a softmax over many items, not one.
source: Kang & McAuley 2018, "Self-Attentive Sequential Recommendation".
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, MASKED, Blocks, relations, split


class SasRecBlock(nn.Module):
    """Attention, then two layers with ReLU, each added to what came in."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.norm, self.between = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.query = nn.Linear(config.width, config.width)
        self.key_value = nn.Linear(config.width, 2 * config.width)
        self.up = nn.Linear(config.width, config.width)
        self.down = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        """x: (B, T, D); hidden: (B, Q, T), for the last Q positions as queries -> (B, Q, D)."""
        last = x[:, x.shape[1] - hidden.shape[1]:]
        query = split(self.query(self.norm(last)), self.heads)  # only queries are normed
        key, value = (split(part, self.heads) for part in self.key_value(x).chunk(2, dim=-1))
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5  # (B, H, Q, T)
        scores = scores.float()  # MASKED lies beyond half precision
        weights = scores.masked_fill(hidden.unsqueeze(1), MASKED).softmax(-1)
        weights = functional.dropout(weights, self.dropout, self.training)
        y = last + (weights @ value).transpose(1, 2).reshape(last.shape)
        inner = functional.dropout(functional.relu(self.up(self.between(y))), self.dropout,
                                   self.training)
        return y + functional.dropout(self.down(inner), self.dropout, self.training)


class SasRec(nn.Module):
    """Item vectors with learned positions, counted from the end, through the blocks."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.positions = nn.Embedding(config.window, config.width)
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        self.blocks = Blocks(SasRecBlock, config)
        self.norm = nn.LayerNorm(config.width)
        nn.init.normal_(self.positions.weight, std=config.width**-0.5)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32 of length 1."""
        _, _, hidden = relations(vectors, ages_s)
        length = vectors.shape[1]
        places = length - 1 - torch.arange(length, device=vectors.device)
        x = vectors + self.types(types) + self.positions(places)
        x = functional.dropout(x, self.dropout, self.training)
        x = self.blocks(x, [hidden], last_only)
        return functional.normalize(self.norm(x), dim=-1)
