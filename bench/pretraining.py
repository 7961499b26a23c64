"""Labels learned before ids, beside not: MovieLens 100K by time, the encoder alone.

python -m bench.pretraining [epochs] [seeds]

`by labels alone`: the same test, every id hidden, as a film is read that nobody has touched.
"""

import statistics
import sys
import time
from dataclasses import replace

import torch

from bench.clock import report
from bench.logged import DOWNLOADS, dataset_of
from bench.trained import CONFIG
from local import movielens
from model import evaluate
from model.learner import Network
from model.split import cut, sample
from model.trial import TEST_CASES, Trial, new_trial


def main() -> None:
    """Both ways with several seeds."""
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    dataset = dataset_of(movielens.load(DOWNLOADS))
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(1, seeds + 1):
        for before in (0, epochs):
            config = replace(CONFIG, seed=seed, pretrain_epochs=before)
            measured = _measured(new_trial(dataset, cut(dataset, config), config))
            print(seed, before, measured, file=sys.stderr)
            found.setdefault(f"{before} epochs before", []).append(measured)
    report({"seeds": seeds, "ways": {
        name: {key: [round(run[key], 4) for run in runs]
               + [round(statistics.mean(run[key] for run in runs), 4)] for key in runs[0]}
        for name, runs in found.items()}})


def _measured(trial: Trial) -> dict[str, float]:
    began_s = time.process_time()
    torch.manual_seed(trial.config.seed)
    network, _ = trial.learn(None)
    spent_s = time.process_time() - began_s
    whole = _asked(trial, network)
    with torch.no_grad():
        network.tower.identity.weight.zero_()
    return {"ndcg@10": whole, "by labels alone": _asked(trial, network), "cpu_s": spent_s}


def _asked(trial: Trial, network: Network) -> float:
    cases = sample(trial.split.test, TEST_CASES, trial.config.seed)
    ranker = evaluate.dense(trial.cosines(network), trial.index)
    return evaluate.measure(ranker, cases, trial.index)["ndcg@10"]


if __name__ == "__main__":
    main()
