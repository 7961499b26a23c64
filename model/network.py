"""The sequence encoder: a window of events -> one vector in the space of the item vectors.

A causal transformer with pre-norm, gated attention output and SwiGLU, whose attention knows how
long before the *next* event each key happened: at serving time, before the request. There is no
user table, so a new user or a new event needs no training.
source: Kang & McAuley 2018 (SASRec); Zhai et al. 2024 (HSTU, time bias and gating).
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from domain.row import Floats
from model.config import TrainConfig

TIME_BUCKETS = 32  # powers of two of seconds: the last one begins at 68 years
EVENT_TYPES = 256  # codes of the vocabulary
MASKED = -1e9  # finite, so that a row of padding stays a number


class ItemTower(nn.Module):
    """An item's vector: what it has learned as itself, plus what its content says."""

    def __init__(
        self, config: TrainConfig, content: Tensor, n_labels: int, n_learned: int
    ) -> None:
        """content: (N, L) int64 labels of each row, 0 = none; n_labels with the 0.

        Rows above `n_learned` have no events to learn from: they live by their content alone.
        """
        super().__init__()
        self.identity = nn.Embedding(len(content), config.width, padding_idx=0)
        self.labels = nn.Embedding(n_labels, config.width, padding_idx=0)
        self.register_buffer("content", content, persistent=False)
        self.id_dropout = config.id_dropout
        self.n_learned = n_learned
        nn.init.normal_(self.identity.weight, std=config.width**-0.5)
        nn.init.normal_(self.labels.weight, std=config.width**-0.5)
        with torch.no_grad():
            self.identity.weight[n_learned + 1:] = 0
            self.identity.weight[0] = self.labels.weight[0] = 0

    def begin(self, vectors: Tensor) -> None:
        """Start from (rows, D) vectors; where one is 0, chance has the say.

        At 0 the length of a vector has no slope: a step from there would be of any size.
        """
        with torch.no_grad():
            known = vectors.any(dim=1)
            self.identity.weight[known] = vectors[known]

    def forward(self, rows: Tensor) -> Tensor:
        """rows: (...) int64 -> (..., D) float32 of length 1 (padding: 0)."""
        content = self.get_buffer("content")[rows]  # (..., L)
        said = functional.embedding_bag(content.flatten(0, -2), self.labels.weight, mode="mean",
                                        padding_idx=0)  # padding does not count to the mean
        labels = torch.unflatten(said, 0, rows.shape)  # (..., D)
        identity = self.identity(rows)
        if self.training:
            kept = torch.rand(rows.shape, device=rows.device) >= self.id_dropout
            identity = identity * kept.unsqueeze(-1)
        real = (rows > 0).unsqueeze(-1)
        return functional.normalize(identity + labels, dim=-1) * real

    def label_vectors(self) -> Floats:
        """(L, D) float32 what each label adds, from label 1 on."""
        return np.asarray(self.labels.weight.detach().cpu().numpy()[1:], np.float32)


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
        query = self._split(self.query(asking))  # (B, H, Q, D/H)
        key, value = (self._split(part) for part in self.key_value(normed).chunk(2, dim=-1))
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5  # (B, H, Q, T)
        scores = scores + _looked_up(self.time_bias, elapsed) + _looked_up(self.step_bias, steps)
        scores = scores.masked_fill(hidden.unsqueeze(1), MASKED)
        weights = functional.dropout(scores.softmax(-1), self.dropout, self.training)
        mixed = weights @ value  # (B, H, Q, D/H)
        joined = mixed.transpose(1, 2).reshape(asking.shape)
        mixed = self.out(joined * torch.sigmoid(self.gate(asking)))
        return functional.dropout(mixed, self.dropout, self.training)

    def _split(self, x: Tensor) -> Tensor:
        return torch.unflatten(x, -1, (self.heads, x.shape[-1] // self.heads)).transpose(1, 2)


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


class Encoder(nn.Module):
    """Item vectors of a window, with ages and types -> user vectors."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(config.width, config.width)
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.leave = nn.Linear(config.width, config.width)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """The user as of each next event; `last_only`: as of the request alone.

        vectors: (B, T, D) from the item tower, padding 0; ages_s, types: (B, T) int64.
        returns: (B, T, D) or (B, 1, D) float32 of length 1.
        """
        elapsed, steps, hidden = _relations(vectors, ages_s)
        x = self.enter(vectors) + self.types(types)
        x = functional.dropout(x, self.dropout, self.training)
        for number, block in enumerate(self.blocks, start=1):
            first = -1 if last_only and number == len(self.blocks) else 0
            x = block(x, elapsed[:, first:], steps[:, first:], hidden[:, first:])
        return functional.normalize(self.leave(x), dim=-1)


def _looked_up(bias: nn.Embedding, buckets: Tensor) -> Tensor:
    """(B, Q, T) buckets -> (B, H, Q, T); the gradient of `nn.Embedding` costs ten times this."""
    found = bias.weight.T.index_select(1, buckets.flatten())  # (H, B * Q * T)
    return torch.unflatten(found, 1, buckets.shape).transpose(0, 1)


def _relations(vectors: Tensor, ages_s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each query to each key: time bucket, steps apart, and whether the key is hidden.

    A query asks as of the moment of the event after it: its age is the next event's, and 0 for
    the last. source: Zhai et al. 2024, whose time bias gains 9% of NDCG@10 on MovieLens 1M.
    """
    asked_s = torch.cat([ages_s[:, 1:], torch.zeros_like(ages_s[:, :1])], dim=1)
    gap_s = (ages_s.unsqueeze(1) - asked_s.unsqueeze(2)).clamp(min=0)  # (B, Q, T)
    # + 1.5, not + 1: whole seconds then never lie on a bucket's edge, where runtimes may differ.
    elapsed = torch.log2(gap_s.float() + 1.5).long().clamp(max=TIME_BUCKETS - 1)
    place = torch.arange(ages_s.shape[1], device=ages_s.device)
    distance = (place.unsqueeze(1) - place.unsqueeze(0)).unsqueeze(0)  # (1, Q, T)
    padding = (vectors.abs().sum(-1) == 0).unsqueeze(1)  # (B, 1, T)
    # A place always sees itself: where nothing is left to see, softmax would look everywhere, the
    # future included.
    return elapsed, distance.clamp(min=0), (distance < 0) | (padding & (distance != 0))
