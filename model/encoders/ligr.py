"""What stands by default: a causal transformer with pre-norm, gated attention output and SwiGLU.

Its attention knows how long before the *next* event each key happened: at serving time, before the
request.
source: Kang & McAuley 2018 (SASRec); Zhai et al. 2024 (HSTU, time bias and gating); Borisyuk et al.
2025 (LiGR).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, MASKED, TIME_BUCKETS, Blocks, looked_up, relations, split


class Attention(nn.Module):
    """Causal attention with a bias for elapsed time and for distance, its output gated."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm = nn.LayerNorm(config.width)
        self.query = nn.Linear(config.width, config.width)
        self.key_value = nn.Linear(config.width, 2 * config.width)
        self.gate = nn.Linear(config.width, config.width)
        self.out = nn.Linear(config.width, config.width)
        self.time_bias = nn.Embedding(TIME_BUCKETS, config.heads)
        self.step_bias = nn.Embedding(config.window + 1, config.heads)
        self.dropout = config.dropout
        nn.init.zeros_(self.time_bias.weight)
        nn.init.zeros_(self.step_bias.weight)

    def forward(self, x: Tensor, elapsed: Tensor, steps: Tensor, hidden: Tensor) -> Tensor:
        """x: (B, T, D); the others (B or 1, Q, T), for the last Q positions as queries."""
        n_queries = elapsed.shape[1]
        normed = self.norm(x)
        asking = normed[:, x.shape[1] - n_queries:]  # (B, Q, D)
        query = split(self.query(asking), self.heads)  # (B, H, Q, D/H)
        key, value = (split(part, self.heads) for part in self.key_value(normed).chunk(2, dim=-1))
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5  # (B, H, Q, T)
        scores = scores + looked_up(self.time_bias, elapsed) + looked_up(self.step_bias, steps)
        scores = scores.float().masked_fill(hidden.unsqueeze(1), MASKED)  # beyond half precision
        weights = functional.dropout(scores.softmax(-1), self.dropout, self.training)
        mixed = weights @ value  # (B, H, Q, D/H)
        joined = mixed.transpose(1, 2).reshape(asking.shape)
        mixed = self.out(joined * torch.sigmoid(self.gate(asking)))
        return functional.dropout(mixed, self.dropout, self.training)


class Block(nn.Module):
    """Attention, then SwiGLU, each added to what came in."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.norm = nn.LayerNorm(config.width)
        self.up = nn.Linear(config.width, 4 * config.width)
        self.down = nn.Linear(2 * config.width, config.width)
        self.dropout = config.dropout

    def forward(self, x: Tensor, elapsed: Tensor, steps: Tensor, hidden: Tensor) -> Tensor:
        """As `Attention`; answers for the last Q positions: (B, Q, D)."""
        n_queries = elapsed.shape[1]
        x = x[:, x.shape[1] - n_queries:] + self.attention(x, elapsed, steps, hidden)
        value, gate = self.up(self.norm(x)).chunk(2, dim=-1)
        mixed = self.down(value * functional.silu(gate))
        return x + functional.dropout(mixed, self.dropout, self.training)


class Ligr(nn.Module):
    """Item vectors of a window, with ages and types -> user vectors."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(config.width, config.width)
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        self.blocks = Blocks(Block, config)
        self.leave = nn.Linear(config.width, config.width)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """The user as of each next event; `last_only`: as of the request alone.

        vectors: (B, T, D) from the item tower, padding 0; ages_s, types: (B, T) int64.
        returns: (B, T, D) or (B, 1, D) float32 of length 1.
        """
        related = relations(vectors, ages_s)
        x = self.enter(vectors) + self.types(types)
        x = functional.dropout(x, self.dropout, self.training)
        x = self.blocks(x, related, last_only)
        return functional.normalize(self.leave(x), dim=-1)
