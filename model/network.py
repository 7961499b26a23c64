"""What all families share: the vectors of items, and how the events of a window lie to each other.

An encoder turns a window of item vectors into one vector in their space; see `model/families.py`.
There is no user table, so a new user or a new event needs no training.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from domain.row import Floats
from model.config import TrainConfig

TIME_BUCKETS = 32  # powers of two of seconds: the last one begins at 68 years
EVENT_TYPES = 256  # codes of the vocabulary
MASKED = -1e9  # finite, so that a row of padding stays a number


class ItemTower(nn.Module):
    """An item's vector: what it has learned as itself, plus what its content says."""

    def __init__(
        self, config: TrainConfig, content: Tensor, n_labels: int, n_learned: int,
        unit: bool = True,
    ) -> None:
        """content: (N, L) int64 labels of each row, 0 = none; n_labels with the 0.

        unit: are vectors brought to length 1, or does their length say something as well?
        Rows above `n_learned` have no events to learn from: they live by their content alone.
        """
        super().__init__()
        self.identity = nn.Embedding(len(content), config.width, padding_idx=0)
        self.labels = nn.Embedding(n_labels, config.width, padding_idx=0)
        self.register_buffer("content", content, persistent=False)
        self.id_dropout = config.id_dropout
        self.n_learned, self.unit = n_learned, unit
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
        """rows: (...) int64 -> (..., D) float32, padding 0."""
        content = self.get_buffer("content")[rows]  # (..., L)
        said = functional.embedding_bag(content.flatten(0, -2), self.labels.weight, mode="mean",
                                        padding_idx=0)  # padding does not count to the mean
        labels = torch.unflatten(said, 0, rows.shape)  # (..., D)
        identity = self.identity(rows)
        if self.training:
            kept = torch.rand(rows.shape, device=rows.device) >= self.id_dropout
            identity = identity * kept.unsqueeze(-1)
        is_item = (rows > 0).unsqueeze(-1)
        vectors = identity + labels
        return (functional.normalize(vectors, dim=-1) if self.unit else vectors) * is_item

    def label_vectors(self) -> Floats:
        """(L, D) float32 what each label adds, from label 1 on."""
        return np.asarray(self.labels.weight.detach().cpu().numpy()[1:], np.float32)


def split(x: Tensor, heads: int) -> Tensor:
    """(B, T, D) -> (B, H, T, D/H)."""
    return torch.unflatten(x, -1, (heads, x.shape[-1] // heads)).transpose(1, 2)


def real(vectors: Tensor) -> Tensor:
    """(B, T, 1) float32: 0 where there is padding, or an item of which nothing is known."""
    return (vectors.abs().sum(-1, keepdim=True) > 0).float()


def seconds_to_next(ages_s: Tensor) -> Tensor:
    """(B, T) int64 from each event to the one after it, from the last one to the request."""
    return (ages_s - _asked_s(ages_s)).clamp(min=0)


def _asked_s(ages_s: Tensor) -> Tensor:
    """(B, T) how old each moment is that is asked for: the next event's, and 0 for the last."""
    return torch.cat([ages_s[:, 1:], torch.zeros_like(ages_s[:, :1])], dim=1)


class Blocks(nn.ModuleList):
    """Blocks that take relations of (B or 1, Q, T), one after the other."""

    def __init__(self, block: Callable[[TrainConfig], nn.Module], config: TrainConfig) -> None:
        super().__init__(block(config) for _ in range(config.blocks))
        self.again = config.checkpointing

    def forward(self, x: Tensor, relations: Sequence[Tensor], last_only: bool) -> Tensor:
        """x: (B, T, D) -> (B, Q, D); `last_only`: the last block asks for the last place alone."""
        for number, block in enumerate(self, start=1):
            first = -1 if last_only and number == len(self) else 0
            related = [relation[:, first:] for relation in relations]
            if self.again and self.training:
                x = checkpoint(block, x, *related, use_reentrant=False)
            else:
                x = block(x, *related)
        return x


def looked_up(bias: nn.Embedding, buckets: Tensor) -> Tensor:
    """(B, Q, T) buckets -> (B, H, Q, T); the gradient of `nn.Embedding` costs four times this."""
    found = bias.weight.index_select(0, buckets.flatten())  # (B * Q * T, H)
    return torch.unflatten(found, 0, buckets.shape).permute(0, 3, 1, 2)


def relations(vectors: Tensor, ages_s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each query to each key: time bucket, steps apart, and whether the key is hidden.

    A query asks as of the moment of the event after it.
    source: Zhai et al. 2024, whose time bias gains 9% of NDCG@10 on MovieLens 1M.
    """
    gap_s = (ages_s.unsqueeze(1) - _asked_s(ages_s).unsqueeze(2)).float()  # (B, Q, T)
    # + 1.5, not + 1: whole seconds then never lie on a bucket's edge, where runtimes may differ.
    elapsed = torch.log2(gap_s.clamp(min=0) + 1.5).clamp(max=TIME_BUCKETS - 1).long()
    place = torch.arange(ages_s.shape[1], device=ages_s.device)
    distance = (place.unsqueeze(1) - place.unsqueeze(0)).unsqueeze(0)  # (1, Q, T)
    padding = (vectors.abs().sum(-1) == 0).unsqueeze(1)  # (B, 1, T)
    # A place always sees itself: where nothing is left to see, softmax would look everywhere, the
    # future included.
    return elapsed, distance.clamp(min=0), (distance < 0) | (padding & (distance != 0))
