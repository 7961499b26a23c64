"""RecTools' SASRec, epoch by epoch: run by `bench.throughput` with the peers' own Python.

Its settings are its own but for the shape of the network, which is that of all who are compared.
"""

import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.pop(0)  # the packages of this folder are not meant

import pandas as pd
import torch
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

SEED = 7


def main(folder: Path, shape: dict[str, Any], seconds: float) -> None:
    """Train until so much CPU time is spent; leave the lists of every epoch, and when it ended."""
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    sequences = np.load(folder / "sequences.npz")
    last = np.append(np.diff(sequences["owners"]) != 0, True)  # is asked, and not learned
    owners, rows = sequences["owners"][~last], sequences["rows"][~last]
    table = pd.DataFrame({
        Columns.User: owners, Columns.Item: rows, Columns.Weight: 1.0,
        Columns.Datetime: pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(rows)), "s")})
    dataset = Dataset.construct(table)
    torch.set_num_threads(1)
    seed_everything(SEED)
    model = SASRecModel(
        n_blocks=shape["blocks"], n_heads=shape["heads"], n_factors=shape["width"],
        dropout_rate=shape["dropout"], session_max_len=shape["window"], recommend_n_threads=1,
        get_trainer_func=_trainer)
    users, counts = np.unique(owners, return_counts=True)
    learned = np.minimum(counts - 1, shape["window"])
    spent, epoch = 0.0, 0
    while spent < seconds:
        began = time.process_time()
        model.fit_partial(dataset, min_epochs=1, max_epochs=1)
        spent += time.process_time() - began
        epoch += 1
        found = model.recommend(users, dataset, k=10, filter_viewed=True)
        lists = np.zeros((len(users), 10), np.int64)
        place = np.searchsorted(users, found[Columns.User].to_numpy())
        lists[place, found[Columns.Rank].to_numpy() - 1] = found[Columns.Item].to_numpy()
        np.savez(folder / f"epoch-{epoch}.npz", owners=users, lists=lists, cpu_s=spent,
                 sequences=epoch * int((learned > 0).sum()), targets=epoch * int(learned.sum()))


def _trainer() -> Any:
    return Trainer(max_epochs=1, accelerator="cpu", devices=1, logger=False,
                   enable_checkpointing=False, enable_progress_bar=False,
                   enable_model_summary=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), dict(zip(("width", "blocks", "heads", "window", "dropout"),
                                     (*map(int, sys.argv[2:6]), float(sys.argv[6])),
                                     strict=True)), float(sys.argv[7]))
