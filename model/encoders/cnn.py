"""Dilated causal convolutions, and the same that is told how much time passed.

source: Yuan et al. 2019, "A Simple Convolutional Generative Network for Next Item Recommendation"
(NextItNet).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, TIME_BUCKETS, real, seconds_to_next

KERNEL = 3  # events a convolution sees; source: Yuan et al. 2019


class CnnBlock(nn.Module):
    """Two convolutions, the second twice as dilated, added to what came in."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilations = (dilation, 2 * dilation)
        self.convolutions = nn.ModuleList(nn.Conv1d(width, width, KERNEL, dilation=step)
                                          for step in self.dilations)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in self.dilations)

    def forward(self, x: Tensor, is_real: Tensor) -> Tensor:
        """x: (B, T, D), is_real: (B, T, 1) -> (B, T, D), padding 0."""
        y = x
        for convolution, norm, step in zip(self.convolutions, self.norms, self.dilations,
                                           strict=True):
            before = functional.pad(y.transpose(1, 2), ((KERNEL - 1) * step, 0))
            y = functional.relu(norm(convolution(before).transpose(1, 2))) * is_real
        return x + y


class Cnn(nn.Module):
    """Item vectors through blocks of dilations 1, 2; 4, 8; ..."""

    channels = 0  # of time

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        self.enter = nn.Linear(config.width + self.channels, config.width)
        self.blocks = nn.ModuleList(CnnBlock(config.width, 4**n) for n in range(config.blocks))
        self.leave = nn.Linear(config.width, config.width)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32 of length 1."""
        is_real = real(vectors)
        x = torch.cat([vectors + self.types(types), *self._times(ages_s)], dim=-1)
        x = functional.dropout(self.enter(x), self.dropout, self.training) * is_real
        for block in self.blocks:
            x = block(x, is_real)
        return functional.normalize(self.leave(x[:, -1:] if last_only else x), dim=-1)

    def _times(self, ages_s: Tensor) -> list[Tensor]:
        return []


class CnnTime(Cnn):
    """Its input has one more channel: the logarithm of the time to the next event."""

    channels = 1

    def _times(self, ages_s: Tensor) -> list[Tensor]:
        gap = torch.log2(seconds_to_next(ages_s).float() + 1) / TIME_BUCKETS  # 0..1
        return [gap.unsqueeze(-1)]
