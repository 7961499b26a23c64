"""An earlier network is fitted to new data by few weights; the others stay as they are.

Every linear map of the encoder gets an addition of low rank, every item that the earlier run did
not know a vector of its own. Once trained they are added in, so that what is exported has the shape
of any other model.
source: Hu et al. 2022 (LoRA).
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from model.learner import Network


class LowRank(nn.Module):
    """A weight with an addition, which is 0 before training."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        """weight: (out, in) of a linear map."""
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) * weight.shape[1] ** -0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, weight: Tensor) -> Tensor:
        """(out, in) -> (out, in)."""
        return weight + self.up @ self.down


class Added(nn.Module):
    """Vectors of all rows, of which some learn; `weight` is that of all."""

    def __init__(self, whole: nn.Embedding, rows: Tensor) -> None:
        """rows: (n,) int64 those that learn."""
        super().__init__()
        self.whole, self.rows = whole, rows
        self.own = nn.Embedding(len(rows) + 1, whole.embedding_dim, padding_idx=0)
        nn.init.zeros_(self.own.weight)
        places = torch.zeros(whole.num_embeddings, dtype=torch.int64)
        places[rows] = torch.arange(1, len(rows) + 1)
        self.register_buffer("places", places, persistent=False)

    @property
    def weight(self) -> Tensor:
        """As `nn.Embedding` has it."""
        return self.whole.weight

    def forward(self, rows: Tensor) -> Tensor:
        """rows: (...) int64 -> (..., D)."""
        found: Tensor = self.whole(rows) + self.own(self.get_buffer("places")[rows])
        return found

    def merged(self) -> nn.Embedding:
        """All of it in one table again."""
        with torch.no_grad():
            self.whole.weight[self.rows] += self.own.weight[1:]
        return self.whole


def let_few_learn(network: Network, rank: int, known: Tensor) -> None:
    """Freeze the network, but for additions. known: (N + 1,) bool rows that stay as they are."""
    network.requires_grad_(False)
    for module in list(network.encoder.modules()):
        if isinstance(module, nn.Linear):
            parametrize.register_parametrization(module, "weight", LowRank(module.weight, rank))
    new = torch.flatten(torch.nonzero(~known))[1:]  # without padding
    network.tower.identity = Added(network.tower.identity, new)  # type: ignore[assignment]


def add_in(network: Network) -> None:
    """The additions become part of the weights, which have their first shape again."""
    for module in list(network.encoder.modules()):
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
    if isinstance(network.tower.identity, Added):
        network.tower.identity = network.tower.identity.merged()
    network.requires_grad_(True)


def share_that_learns(network: Network) -> float:
    """Of all weights."""
    sizes = [(part.numel(), part.requires_grad) for part in network.parameters()]
    return sum(size for size, learns in sizes if learns) / sum(size for size, _ in sizes)
