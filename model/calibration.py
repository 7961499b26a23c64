"""Logits -> chances that come true as often as they say, and how far off they are."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.answers import Reals

BINS = 15  # each of as many pairs. source: Guo et al. 2017, and Nixon et al. 2019 for equal mass
MOST = 500_000  # pairs that a fit looks at


class Scaling(NamedTuple):
    """A chance is sigmoid(scale * logit + shift). source: Platt 1999."""

    scale: float = 1.0
    shift: float = 0.0


def fitted(logits: Tensor, outcomes: Tensor) -> Scaling:
    """The scaling that makes these outcomes likeliest. logits, outcomes: (n,), 0 to 1."""
    step = max(1, len(logits) // MOST)
    logits, outcomes = logits[::step].double(), outcomes[::step].double()
    weights = nn.Parameter(torch.tensor([1.0, 0.0], dtype=torch.float64))
    optimizer: Any = torch.optim.LBFGS([weights], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = functional.binary_cross_entropy_with_logits(
            weights[0] * logits + weights[1], outcomes)
        torch.autograd.backward(found)
        return found

    optimizer.step(loss)
    scale, shift = weights.tolist()
    return Scaling(scale, shift)


def error(chances: Reals, outcomes: Reals) -> float:
    """Expected calibration error: the mean distance of what was told from what came, by bins."""
    if not len(chances):
        return 0.0
    order = np.argsort(chances, kind="stable")
    bins = np.array_split(order, min(BINS, len(order)))
    return float(sum(len(one) * abs(chances[one].mean() - outcomes[one].mean())
                     for one in bins) / len(order))
