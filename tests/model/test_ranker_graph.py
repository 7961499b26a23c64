"""The second stage's graph: any number of candidates, chances between 0 and 1."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from domain.candidates import FEATURES
from domain.ranker import Ranker
from model.calibration import Scaling
from model.ranker_graph import write_ranker
from model.rankers import RANKERS, RankNet
from model.second_stage import Second, Verdict

WIDTH = 16


@pytest.mark.parametrize("name", RANKERS)
def test_every_ranker_is_a_graph_of_any_number_of_candidates(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = RankNet(name, WIDTH, 2, torch.randn(99, len(FEATURES))).eval()
    second = Second(net, ("click", "rate.value"), (Scaling(2.0, 1.0), Scaling()),
                    Verdict(0.0, 1.0, 0.0), {})
    write_ranker(second, WIDTH, tmp_path)
    ranker = Ranker(tmp_path / "ranker.onnx", onnxruntime)

    for n in (1, 2, 250):
        features = np.random.default_rng(n).normal(size=(n, len(FEATURES))).astype(np.float32)
        found = ranker.judge(features, np.ones(WIDTH, np.float32),
                             np.ones((n, WIDTH), np.float32))

        with torch.no_grad():
            logits = net(torch.from_numpy(features), torch.ones(1, WIDTH), torch.ones(n, WIDTH))
        assert found.next == pytest.approx(logits[:, 0].numpy(), abs=1e-4)
        assert found.outcomes["click"] == pytest.approx(
            (2 * logits[:, 1] + 1).sigmoid().numpy(), abs=1e-5)
        assert found.outcomes["rate.value"].shape == (n,)
