"""Every family of models on one data set, alone, by both protocols, full ranking.

python -m bench.families [ml-100k|beauty|...]   writes docs/families.md
python -m bench.families DATASET MODEL LOSS time|leave-one-out   measures one
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.clock import report
from bench.logged import laid
from bench.published import ML_100K, load
from domain.vocabulary import Vocabulary
from local.bill.table import table
from model.config import CHOICES, MODELS, TrainConfig
from model.run import Run
from model.train import train

PAGE = Path("docs/families.md")
NAMES = {ML_100K: "MovieLens 100K", "ml-1m": "MovieLens 1M"}
RANKERS_SAID = (
    "## Rankers\n\nNetworks that read pairs of a user and an item, and so can only put a "
    "shortlist in order (`--ranker NAME`): `dcn` (DCN V2, Wang et al. 2021), `deepfm` "
    "(Guo et al. 2017) and `ncf` (He et al. 2017, over the window's vector). Beside the blend: "
    "[quality](quality.md).")
DEVIATION = 0.22  # of one case's ndcg@10, see `VALIDATION_CASES` of model/trial.py
HEAD = ["family", "ndcg@10, int8", "hr@10", "coverage", "ndcg@10, fp32", "epochs",
        "CPU minutes"]
DEFAULT = TrainConfig()
BY_TIME = "time"
PROTOCOLS = {BY_TIME: "Split by time", "leave-one-out": "Leave-one-out"}
PAPERS = {
    "ligr": "eSASRec's layers with HSTU's time bias, the default",
    "sasrec": "Kang & McAuley 2018",
    "hstu": "Zhai et al. 2024",
    "gru": "GRU4Rec, Hidasi et al. 2016, 2018",
    "cnn": "NextItNet, Yuan et al. 2019",
    "cnn-time": "NextItNet, told the time between events",
    "mlp": "two towers, Covington et al. 2016; He et al. 2017",
    "fm": "Rendle 2010",
    "als": "Hu, Koren & Volinsky 2008",
    "ease": "Steck 2019",
    "item-cf": "Sarwar et al. 2001; Deshpande & Karypis 2004",
    "popularity": "counts, halved every week",
}

Found = dict[str, Any]
Asked = tuple[str, str, str]  # model, loss, protocol


def main() -> None:
    """One family, or all of them and the page."""
    dataset, *one = sys.argv[1:] or [ML_100K]
    if one:
        report(measured(dataset, *one))
        return
    asked = [*((model, DEFAULT.loss, protocol) for protocol in PROTOCOLS for model in MODELS),
             *((DEFAULT.model, loss, BY_TIME) for loss in CHOICES["loss"])]
    found = {key: _in_its_own_process(dataset, *key)
             for key in tqdm(dict.fromkeys(asked), desc="families", unit="run", disable=None)}
    day = datetime.now(UTC).date().isoformat()
    PAGE.write_text(page(dataset, found, day))
    print(f"written to {PAGE}")


def measured(dataset: str, model: str, loss: str, protocol: str) -> Found:
    """One training run; the test part is read once."""
    assert protocol in PROTOCOLS, protocol
    config = TrainConfig(model=model, loss=loss, blend="alone")
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog = laid(Path(scratch), load(dataset))
        began = time.process_time()
        card = train(Run(events, Path(scratch) / "model", config, Vocabulary(), catalog,
                         leave_one_out=protocol == "leave-one-out"))
    return {"metrics": card.metrics, "epochs": card.config["epochs_trained"],
            "cpu_minutes": round((time.process_time() - began) / 60, 1)}


def page(dataset: str, found: Mapping[Asked, Found], day: str) -> str:
    """The results as a page."""
    config = DEFAULT
    parts = [f"## {name}\n\n" + _families({
        model: found[model, config.loss, protocol] for model in MODELS})
        for protocol, name in PROTOCOLS.items()]
    losses = {loss: found[config.model, loss, BY_TIME] for loss in CHOICES["loss"]}
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
        f"serves it, *fp32* the same in torch; int8 takes {_most_lost(found):.1%} of it at most. "
        "What is not as in the papers: "
        "[decision 28](decisions/0028-a-family-is-an-encoder-or-a-graph.md).",
        *parts,
        f"## Losses, split by time\n\nOf `{config.model}` alone (`--loss NAME`), all else equal; "
        f"up to {2 * config.negatives:,} items `sampled-softmax` is `softmax`.",
        table(HEAD, _rows({f"`{loss}`": result for loss, result in losses.items()})),
        RANKERS_SAID,
    ]) + "\n"


def _most_lost(found: Mapping[Asked, Found]) -> float:
    """The largest share of ndcg@10 that any of them has in torch and lacks as it is served."""
    return float(max(
        1 - one["metrics"]["model"]["ndcg@10"] / one["metrics"]["torch"]["ndcg@10"]
        for one in found.values()))


def _families(by_model: Mapping[str, Found]) -> str:
    rows = _rows({f"`{name}`: {PAPERS[name]}": one for name, one in by_model.items()})
    beside = by_model[DEFAULT.model]["metrics"]["covisitation"]
    rows.append(["the co-visitation graph alone, in full precision", *_scores(beside),
                 f"{beside['ndcg@10']:.4f}", "", ""])
    rows.sort(key=lambda row: row[1], reverse=True)
    cases = beside["cases"]
    return (f"{cases:,.0f} cases: a standard error of about {DEVIATION / cases**0.5:.3f} ndcg@10."
            "\n\n" + table(HEAD, rows))


def _rows(found: Mapping[str, Found]) -> list[list[str]]:
    return [[name, *_scores(one["metrics"]["model"]),
             f"{one['metrics']['torch']['ndcg@10']:.4f}", str(one["epochs"]),
             f"{one['cpu_minutes']:.1f}"] for name, one in found.items()]


def _scores(metrics: Mapping[str, float]) -> list[str]:
    return [f"{metrics[name]:.4f}" for name in ("ndcg@10", "hr@10")] + [
        f"{metrics['coverage']:.2f}"]


def _in_its_own_process(dataset: str, model: str, loss: str, protocol: str) -> Found:
    command = [sys.executable, "-m", "bench.families", dataset, model, loss, protocol]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(ran.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
