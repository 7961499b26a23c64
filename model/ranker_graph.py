"""A trained second stage -> the artifact's graph, which tells calibrated chances."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from domain.artifact import RANKER
from domain.candidates import FEATURES
from domain.ranker import NEXT, OUTCOME
from model.calibration import Scaling
from model.rankers import RankNet
from model.scorer_graph import OPSET
from model.second_stage import Second, kept

EXAMPLE = 7  # candidates: a size that meets nowhere else, so that no axis is taken for another


class ServingRanker(nn.Module):
    """What a request asks: one user, C candidates."""

    def __init__(self, net: RankNet, scalings: Sequence[Scaling]) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("scales", torch.tensor([one.scale for one in scalings]))
        self.register_buffer("shifts", torch.tensor([one.shift for one in scalings]))

    def forward(self, features: Tensor, user: Tensor, items: Tensor) -> tuple[Tensor, ...]:
        """features: (C, F), user: (1, D), items: (C, D) -> (C,) each: next, then the outcomes."""
        logits = self.net(features, user, items)
        scaled = logits[:, 1:] * self.get_buffer("scales") + self.get_buffer("shifts")
        return (logits[:, 0], *scaled.sigmoid().unbind(1))


def write_ranker(second: Second | None, width: int, folder: Path) -> None:
    """Write the graph of one that is kept, or take away that of an earlier run."""
    if second is None or not kept(second):
        (folder / RANKER).unlink(missing_ok=True)
        return
    onnx.save(graph_of(second, width), folder / RANKER)


def graph_of(second: Second, width: int) -> onnx.ModelProto:
    """The graph; its outputs bear the names of the outcomes."""
    serving = ServingRanker(second.net.eval(), second.scalings).eval()
    example = (torch.zeros(EXAMPLE, len(FEATURES)), torch.zeros(1, width),
               torch.zeros(EXAMPLE, width))
    axes = {0: torch.export.Dim("C", min=1)}
    with warnings.catch_warnings():  # of the exporter about itself; parity is what we check
        warnings.simplefilter("ignore")
        program: Any = torch.onnx.export(
            serving, example, dynamo=True, opset_version=OPSET, verbose=False,
            external_data=False, input_names=["features", "user", "items"],
            output_names=[NEXT, *(OUTCOME + name for name in second.outcomes)],
            dynamic_shapes=(axes, None, axes))
    model: onnx.ModelProto = program.model_proto
    return model
