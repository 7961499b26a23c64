"""The second stage's networks, by name: `--ranker NAME`. Each reads pairs of a user and an item.

All have the same way in and out; what lies between is theirs. What every pair is told goes beside
both vectors and their product, each made narrower. A score of the first stage is added to every
output, with a weight that is learned: training begins with the order there is.
"""

import torch
from torch import Tensor, nn

from domain.candidates import FEATURES, SCORE

NARROW = 16  # numbers left of a vector
LAYERS = (64, 32)
CROSSES, RANK = 2, 16  # of `dcn`
FACTORS = 8  # of `deepfm`
DROPOUT = 0.1
CLIP = 5.0  # standard deviations; what lies further out is as far
RARE = -4.0  # logit where a head begins: 2 in 100


def _layers(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, LAYERS[0]), nn.ReLU(), nn.Dropout(DROPOUT),
                         nn.Linear(LAYERS[0], LAYERS[1]), nn.ReLU())


class Dcn(nn.Module):
    """Crosses of low rank beside layers. source: Wang et al. 2021, DCN V2, parallel structure."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(nn.Linear(inputs, RANK, bias=False) for _ in range(CROSSES))
        self.up = nn.ModuleList(nn.Linear(RANK, inputs) for _ in range(CROSSES))
        self.layers = _layers(inputs)
        self.out = nn.Linear(inputs + LAYERS[1], outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., outputs)."""
        crossed = x
        for down, up in zip(self.down, self.up, strict=True):
            crossed = x * up(down(crossed)) + crossed
        found: Tensor = self.out(torch.cat([crossed, self.layers(x)], dim=-1))
        return found


class DeepFm(nn.Module):
    """All products of two numbers, by factors, beside layers. source: Guo et al. 2017."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.factors = nn.Parameter(torch.randn(inputs, FACTORS) * 0.05)
        self.linear = nn.Linear(inputs, outputs)
        self.layers = _layers(inputs)
        self.out = nn.Linear(FACTORS + LAYERS[1], outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., outputs)."""
        products = ((x @ self.factors)**2 - x**2 @ self.factors**2) / 2
        found: Tensor = self.linear(x) + self.out(torch.cat([products, self.layers(x)], dim=-1))
        return found


class Ncf(nn.Module):
    """Layers over both vectors and their product, and nothing else. source: He et al. 2017."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = _layers(3 * NARROW)
        self.out = nn.Linear(NARROW + LAYERS[1], outputs)
        assert inputs == len(FEATURES) + 3 * NARROW

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) -> (..., outputs)."""
        pair = x[..., len(FEATURES):]
        found: Tensor = self.out(torch.cat([pair[..., 2 * NARROW:], self.layers(pair)], dim=-1))
        return found


RANKERS: dict[str, type[nn.Module]] = {"dcn": Dcn, "deepfm": DeepFm, "ncf": Ncf}


class RankNet(nn.Module):
    """Pairs -> the logit of what comes next, and those of the outcomes."""

    def __init__(self, name: str, width: int, outcomes: int, told: Tensor) -> None:
        """told: (n, F) features of pairs, by which those of others are measured."""
        super().__init__()
        self.register_buffer("mean", told.mean(0))
        self.register_buffer("spread", told.std(0).clamp_min(1e-6))
        self.of_user, self.of_item = nn.Linear(width, NARROW), nn.Linear(width, NARROW)
        self.body = RANKERS[name](len(FEATURES) + 3 * NARROW, outcomes + 1)
        self.first = nn.Parameter(torch.ones(outcomes + 1))
        self.level = nn.Parameter(torch.full((outcomes + 1,), RARE))
        for part in self.body.modules():
            if isinstance(part, nn.Linear) and part.out_features == outcomes + 1:
                nn.init.zeros_(part.weight)  # the order begins as the first stage's
                nn.init.zeros_(part.bias)

    def forward(self, features: Tensor, users: Tensor, items: Tensor) -> Tensor:
        """features: (..., C, F); users: (..., 1, D); items: (..., C, D) -> (..., C, 1 + H)."""
        far = (features - self.get_buffer("mean")) / self.get_buffer("spread")
        user = self.of_user(users).expand(*features.shape[:-1], NARROW)
        item = self.of_item(items)
        x = torch.cat([far.clamp(-CLIP, CLIP), user, item, user * item], dim=-1)
        found: Tensor = self.body(x) + self.first * features[..., SCORE:SCORE + 1] + self.level
        return found
