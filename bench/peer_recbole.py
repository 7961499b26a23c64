"""RecBole's SASRec, epoch by epoch: run by `bench.throughput` with the peers' own Python.

Its settings are its own but for the shape of the network, which is that of all who are compared.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

if __name__ == "__main__":
    sys.path.pop(0)  # the packages of this folder are not meant

from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed


def main(folder: Path, shape: dict[str, Any], seconds: float) -> None:
    """Train until so much CPU time is spent; leave the lists of every epoch, and when it ended."""
    sequences = np.load(folder / "sequences.npz")
    owners, rows = sequences["owners"], sequences["rows"]
    home = folder / "peer"
    home.mkdir()
    lines = ["user_id:token\titem_id:token\ttimestamp:float"]
    lines += [f"{owner}\t{row}\t{place}" for place, (owner, row) in enumerate(
        zip(owners.tolist(), rows.tolist(), strict=True))]
    (home / "peer.inter").write_text("\n".join(lines) + "\n")
    config = Config(model="SASRec", dataset="peer", config_dict={
        "data_path": str(folder), "checkpoint_dir": str(folder / "saved"), "use_gpu": False,
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]}, "show_progress": False,
        "eval_args": {"split": {"LS": "valid_only"}, "order": "TO", "mode": "full"},
        "train_neg_sample_args": None, "MAX_ITEM_LIST_LENGTH": shape["window"],
        "n_layers": shape["blocks"], "n_heads": shape["heads"], "hidden_size": shape["width"],
        "inner_size": 4 * shape["width"], "hidden_dropout_prob": shape["dropout"],
        "attn_dropout_prob": shape["dropout"], "state": "ERROR"})
    init_seed(config["seed"], reproducibility=True)
    torch.set_num_threads(1)
    dataset = create_dataset(config)
    train_data, valid_data, _ = data_preparation(config, dataset)
    model = SASRec(config, train_data.dataset)
    trainer = Trainer(config, model)
    spent, epoch = 0.0, 0
    while spent < seconds:
        began = time.process_time()
        trainer._train_epoch(train_data, epoch)
        spent += time.process_time() - began
        epoch += 1
        asked, lists = _lists(model, dataset, valid_data.dataset)
        np.savez(folder / f"epoch-{epoch}.npz", owners=asked, lists=lists, cpu_s=spent,
                 sequences=len(train_data.dataset) * epoch, targets=len(train_data.dataset) * epoch)


def _lists(model: Any, dataset: Any, asked: Any) -> tuple[Any, Any]:
    """The ten best rows of each user, what was seen left out."""
    model.eval()
    users = dataset.id2token("user_id", asked.inter_feat["user_id"].numpy()).astype(int)
    tokens = np.array([0, *map(int, dataset.id2token("item_id", np.arange(1, dataset.item_num)))])
    found = []
    with torch.no_grad():
        for start in range(0, len(users), 256):
            part = asked.inter_feat[start:start + 256]
            scores = model.full_sort_predict(part)
            scores[:, 0] = -np.inf
            scores.scatter_(1, part["item_id_list"], -np.inf)
            found.append(tokens[scores.topk(100, dim=1).indices.numpy()])
    return users, np.concatenate(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), dict(zip(("width", "blocks", "heads", "window", "dropout"),
                                     (*map(int, sys.argv[2:6]), float(sys.argv[6])),
                                     strict=True)), float(sys.argv[7]))
