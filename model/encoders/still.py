"""What stands where a family has no encoder: it counts, and its blend gives this a weight of 0."""

from torch import Tensor, nn

from model.config import TrainConfig


class Still(nn.Module):
    """The mean of item vectors that are all 0."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32."""
        return vectors.mean(dim=1, keepdim=True) if last_only else vectors
