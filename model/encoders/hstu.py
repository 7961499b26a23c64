"""Hierarchical sequential transduction: attention without softmax, its output gated by U.

source: Zhai et al. 2024, "Actions Speak Louder than Words", equations 1 to 3.
"""

from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, TIME_BUCKETS, Blocks, looked_up, relations, split


class HstuBlock(nn.Module):
    """SiLU(x W) -> U, V, Q, K;  x + W (norm(SiLU(Q K + bias) V / T) * U)."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.heads, self.dropout, self.window = config.heads, config.dropout, config.window
        self.norm, self.between = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.enter = nn.Linear(config.width, 4 * config.width)
        self.leave = nn.Linear(config.width, config.width)
        self.time_bias = nn.Embedding(TIME_BUCKETS, config.heads)
        self.step_bias = nn.Embedding(config.window + 1, config.heads)
        nn.init.zeros_(self.time_bias.weight)
        nn.init.zeros_(self.step_bias.weight)

    def forward(self, x: Tensor, elapsed: Tensor, steps: Tensor, hidden: Tensor) -> Tensor:
        """x: (B, T, D); the others (B or 1, Q, T), for the last Q positions -> (B, Q, D)."""
        first = x.shape[1] - elapsed.shape[1]
        gate, value, query, key = functional.silu(self.enter(self.norm(x))).chunk(4, dim=-1)
        scores = split(query[:, first:], self.heads) @ split(key, self.heads).transpose(-1, -2)
        scores = scores + looked_up(self.time_bias, elapsed) + looked_up(self.step_bias, steps)
        weights = functional.silu(scores) / self.window * (~hidden).unsqueeze(1)  # (B, H, Q, T)
        mixed = (weights @ split(value, self.heads)).transpose(1, 2).reshape(x[:, first:].shape)
        gated = self.leave(functional.dropout(self.between(mixed) * gate[:, first:], self.dropout,
                                              self.training))
        out: Tensor = x[:, first:] + gated
        return out


class Hstu(nn.Module):
    """Item vectors with the types of events, through the blocks."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        self.blocks = Blocks(HstuBlock, config)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32 of length 1."""
        related = relations(vectors, ages_s)
        x = functional.dropout(vectors + self.types(types), self.dropout, self.training)
        x = self.blocks(x, related, last_only)
        return functional.normalize(x, dim=-1)
