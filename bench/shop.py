"""A made-up artifact of any size: real graphs and files, random vectors. Speed does not depend on
what the vectors mean."""

import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from bench.clusters import opened, probed, users
from bench.made import folder_of
from domain import arrays
from domain.artifact import CLUSTERS, GRAPH, ITEMS, Blend, ModelCard
from domain.ids import Ids
from domain.items import Items
from domain.key import item_key
from domain.row import RowIndex
from domain.table import Table
from model.assemble import now_text, seal
from model.config import TrainConfig
from model.encoders.ligr import Ligr
from model.export import write_graphs

NEIGHBOURS = 20
ROWS_PER_BLOCK = 64


def shop(n_items: int, clustered: bool = False) -> Path:
    """The folder of an artifact with so many items, scored whole or searched in clusters."""
    folder = folder_of(n_items, clustered)
    if not folder.exists():
        aside = folder.with_suffix(".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _write(aside, n_items, clustered)
        aside.rename(folder)
    return folder


def item_ids(n_items: int) -> list[str]:
    """The ids of a shop, in row order."""
    return [f"item-{number}" for number in range(n_items)]


def _write(folder: Path, n_items: int, clustered: bool) -> None:
    config, search = TrainConfig(), None
    chance = np.random.default_rng(5)
    torch.manual_seed(5)
    if clustered:
        table, clusters = opened(n_items)
        (folder / CLUSTERS).write_bytes(clusters.to_bytes())
        search = probed(table, clusters, n_items, users(table, n_items))
    else:
        table = _table(n_items, config.width, chance)
    rows = len(table.values)
    write_graphs(Ligr(config), table, config.window, folder)
    ids = item_ids(n_items)
    keys = np.fromiter(map(item_key, ids), np.uint64, n_items)
    counts = chance.pareto(1.2, rows).astype(np.float32)
    (folder / ITEMS).write_bytes(Items(RowIndex(keys), counts, 0, Ids.of(ids)).to_bytes())
    edges = {"indptr": np.minimum(np.arange(rows + 1), n_items) * NEIGHBOURS,
             "neighbours": chance.integers(1, n_items, n_items * NEIGHBOURS).astype(np.int32),
             "weights": chance.random(n_items * NEIGHBOURS, np.float32) / NEIGHBOURS}
    (folder / GRAPH).write_bytes(arrays.save({}, edges))
    seal(folder, ModelCard(now_text(), {}, Blend(20.0, 2.0, 1.0, 0.7), rows, config.width,
                           config.window, 0, 0, 0, metrics={}, search=search))


def _table(n_items: int, width: int, chance: np.random.Generator) -> Table:
    rows = -(-(n_items + 1) // ROWS_PER_BLOCK) * ROWS_PER_BLOCK
    values = np.clip(chance.normal(128, 40, (rows, width)), 1, 255).astype(np.uint8)
    return Table(values, np.full(rows, 1 / (40 * width**0.5), np.float32))


if __name__ == "__main__":
    shop(int(sys.argv[1]), sys.argv[2:] == ["clustered"])
