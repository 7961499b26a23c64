"""A user's vector from fixed item factors: the least squares that matrix factorization solves.

    x = (Y'Y + REGULARIZATION + sum of ALPHA y y') ** -1  sum of (1 + ALPHA) y

over the liked events of the window, by a fixed number of steps of conjugate gradients, so that it
is a graph like any other. Nothing is learned of a user, so a new one needs no training.
source: Hu, Koren & Volinsky 2008; Takács et al. 2011 (conjugate gradients).
"""

import torch
from torch import Tensor, nn

from model.config import TrainConfig
from model.network import EVENT_TYPES

ALPHA = 1.0  # how much more what was done counts than what was not
REGULARIZATION = 10.0
STEPS = 6  # the exact solution within 1e-6 of its length: MovieLens 100K, a window of 50
TINY = 1e-20  # where nothing is left to solve


class FoldIn(nn.Module):
    """whole: (D, D) Y'Y + REGULARIZATION.   likes: (256,) 1 for types that say what is liked."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.register_buffer("whole", torch.eye(config.width))
        self.register_buffer("inverse", torch.eye(config.width))
        self.register_buffer("likes", torch.ones(EVENT_TYPES))

    def over(self, factors: Tensor, liking: frozenset[int]) -> None:
        """Fold in over these item factors, (N, D) float64."""
        whole = factors.T @ factors + REGULARIZATION * torch.eye(factors.shape[1])
        self.get_buffer("whole").copy_(whole)
        self.get_buffer("inverse").copy_(torch.linalg.inv(whole))
        likes = self.get_buffer("likes").zero_()
        likes[sorted(liking)] = 1.0

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32."""
        place = torch.arange(vectors.shape[1], device=vectors.device)
        seen = (place.unsqueeze(0) <= place.unsqueeze(1)).float()[-1 if last_only else 0:]
        events = self.get_buffer("likes")[types].unsqueeze(1) * seen  # (B, Q, T)
        left = (1 + ALPHA) * (events @ vectors)  # (B, Q, D) what is not solved yet
        users = torch.zeros_like(left)
        eased = direction = _times(left, self.get_buffer("inverse"))
        for _ in range(STEPS):
            product = _times(direction, self.get_buffer("whole")) + ALPHA * (
                (events * (direction @ vectors.transpose(1, 2))) @ vectors)
            size = _dot(left, eased)
            step = size / _dot(direction, product).clamp(min=TINY)
            users, left = users + step * direction, left - step * product
            eased = _times(left, self.get_buffer("inverse"))
            direction = eased + _dot(left, eased) / size.clamp(min=TINY) * direction
        return users


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(-1, keepdim=True)


def _times(x: Tensor, matrix: Tensor) -> Tensor:
    """x @ matrix, in a way that is not quantized: with rounded matrices users come out 2% off."""
    return (x.unsqueeze(-1) * matrix).sum(-2)
