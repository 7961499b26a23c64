"""A made-up shop whose model has a second stage: a real graph, with weights that nobody trained."""

from pathlib import Path

import torch

from bench.shop import shop
from domain.artifact import RANKER
from domain.candidates import FEATURES
from model.calibration import Scaling
from model.config import TrainConfig
from model.ranker_graph import write_ranker
from model.rankers import RankNet
from model.second_stage import Second, Verdict

NAMES = ("click", "add_to_cart", "purchase", "rate")


def reranked(n_items: int, ranker: str) -> Path:
    """The folder of a shop with so many items and this ranker, beside that of the shop itself."""
    made = shop(n_items)
    folder = made.with_name(f"{made.name}-{ranker}")
    folder.mkdir(exist_ok=True)
    if not (folder / RANKER).exists():
        for file in made.iterdir():
            (folder / file.name).unlink(missing_ok=True)
            (folder / file.name).symlink_to(file.resolve())
        torch.manual_seed(5)
        width = TrainConfig().width
        net = RankNet(ranker, width, len(NAMES), torch.randn(99, len(FEATURES)))
        second = Second(net, NAMES, (Scaling(),) * len(NAMES), Verdict(0.0, 1.0, 0.0), {})
        write_ranker(second, width, folder)
    return folder
