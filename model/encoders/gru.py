"""A recurrent net that reads events one after the other.

source: Hidasi et al. 2016, "Session-based Recommendations with Recurrent Neural Networks"; Hidasi &
Karatzoglou 2018, whose losses over many sampled items are those of `model/loss.py`.
"""

from torch import Tensor, nn
from torch.nn import functional

from model.config import TrainConfig
from model.network import EVENT_TYPES, real


class Gru(nn.Module):
    """Layers of gated recurrent units over item vectors."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.types = nn.Embedding(EVENT_TYPES, config.width)
        self.dropout = config.dropout
        # Without biases a state of zeros stays one while padding is read.
        self.layers = nn.GRU(config.width, config.width, config.blocks, bias=False,
                             batch_first=True,
                             dropout=config.dropout if config.blocks > 1 else 0.0)
        self.leave = nn.Linear(config.width, config.width)
        nn.init.zeros_(self.types.weight)

    def forward(
        self, vectors: Tensor, ages_s: Tensor, types: Tensor, last_only: bool = False
    ) -> Tensor:
        """(B, T or 1, D) float32 of length 1."""
        x = (vectors + self.types(types)) * real(vectors)
        x, _ = self.layers(functional.dropout(x, self.dropout, self.training))
        return functional.normalize(self.leave(x[:, -1:] if last_only else x), dim=-1)
