"""Every family of models on one data set, alone, by both protocols, full ranking.

python -m bench.families [ml-100k|beauty|...]   writes docs/families.md
python -m bench.families DATASET MODEL time|leave-one-out   measures one
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench import published
from bench.clock import report
from bench.trained import catalogue, written
from domain.vocabulary import Vocabulary
from local import movielens
from local.bill.table import table
from model.config import MODELS, TrainConfig
from model.train import Run, train

DOWNLOADS, PAGE = Path("data"), Path("docs/families.md")
ML_100K = "ml-100k"
NAMES = {ML_100K: "MovieLens 100K", "ml-1m": "MovieLens 1M"}
HEAD = ["family", "ndcg@10, int8", "hr@10", "coverage", "ndcg@10, fp32", "epochs",
        "CPU minutes"]
PROTOCOLS = {"time": "split by time", "leave-one-out": "leave-one-out"}
PAPERS = {
    "ligr": "eSASRec's layers with HSTU's time bias, the default",
    "sasrec": "Kang & McAuley 2018",
    "hstu": "Zhai et al. 2024",
    "gru": "GRU4Rec, Hidasi et al. 2016, 2018",
    "cnn": "NextItNet, Yuan et al. 2019",
    "cnn-time": "the same, told the time between events",
    "mlp": "two towers, Covington et al. 2016; He et al. 2017",
    "fm": "Rendle 2010",
    "als": "Hu, Koren & Volinsky 2008",
    "ease": "Steck 2019",
    "item-cf": "Sarwar et al. 2001; Deshpande & Karypis 2004",
    "popularity": "counts, halved every week",
}

Found = dict[str, Any]


@dataclass(frozen=True)
class Trials:
    """What was found of each family by one protocol."""

    protocol: str
    by_model: Mapping[str, Found]


def main() -> None:
    """One family, or all of them and the page."""
    dataset, *one = sys.argv[1:] or [ML_100K]
    if one:
        report(measured(dataset, *one))
        return
    asked = [(protocol, model) for protocol in PROTOCOLS for model in MODELS]
    found = {key: _in_its_own_process(dataset, *key)
             for key in tqdm(asked, desc="families", unit="run", disable=None)}
    trials = [Trials(p, {m: found[p, m] for m in MODELS}) for p in PROTOCOLS]
    day = datetime.now(UTC).date().isoformat()
    PAGE.write_text(page(dataset, trials, TrainConfig(), day))
    print(f"written to {PAGE}")


def measured(dataset: str, model: str, protocol: str) -> Found:
    """One training run; the test part is read once."""
    assert protocol in PROTOCOLS, protocol
    collection = movielens.load(DOWNLOADS) if dataset == ML_100K else published.load(dataset)
    config = TrainConfig(model=model, blend="alone")
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog = written(Path(scratch) / "events", collection), Path(scratch) / "c.npz"
        catalog.write_bytes(catalogue(collection).to_bytes())
        began = time.process_time()
        card = train(Run(events, Path(scratch) / "model", config, Vocabulary(), catalog,
                         leave_one_out=protocol == "leave-one-out"))
    return {"metrics": card.metrics, "epochs": card.config["epochs_trained"],
            "cpu_minutes": round((time.process_time() - began) / 60, 1)}


def page(dataset: str, trials: Sequence[Trials], config: TrainConfig, day: str) -> str:
    """The results as a page."""
    return "\n\n".join([
        "# Families of models",
        f"{day}; written by `python -m bench.families {dataset}`: {NAMES.get(dataset, dataset)}, "
        f"the true next item among the whole catalogue, seen items left out, one seed "
        f"({config.seed}). Each family stands alone (`--model NAME --blend alone`): the blend with "
        "co-visits and popularity, which is what a deployment trains by default, would hide it.",
        f"All that learn by gradient had the same defaults, tuned for `ligr` alone: width "
        f"{config.width}, {config.blocks} blocks, a window of {config.window}, AdamW at "
        f"{config.learning_rate:g} with warm-up and cosine, batches of {config.batch_size}, at "
        f"most {config.epochs} epochs, loss `{config.loss}`. *int8* is the artifact as the Lambda "
        "serves it, *fp32* the same in torch.",
        *(_results(trial) for trial in trials),
    ]) + "\n"


def _results(trial: Trials) -> str:
    rows = [[f"`{name}`: {PAPERS[name]}", *_scores(found["metrics"]["model"]),
             f"{found['metrics']['torch']['ndcg@10']:.4f}", str(found["epochs"]),
             f"{found['cpu_minutes']:.1f}"] for name, found in trial.by_model.items()]
    beside = trial.by_model["ligr"]["metrics"]["covisitation"]
    rows.append(["co-visitation: the graph of every artifact, alone", *_scores(beside),
                 f"{beside['ndcg@10']:.4f}", "0", ""])
    rows.sort(key=lambda row: row[1], reverse=True)
    return f"## {PROTOCOLS[trial.protocol].capitalize()}\n\n" + table(HEAD, rows)


def _scores(metrics: Mapping[str, float]) -> list[str]:
    return [f"{metrics[name]:.4f}" for name in ("ndcg@10", "hr@10")] + [
        f"{metrics['coverage']:.2f}"]


def _in_its_own_process(dataset: str, protocol: str, model: str) -> Found:
    command = [sys.executable, "-m", "bench.families", dataset, model, protocol]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(ran.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
