"""A trained network fitted to newer events by few weights, beside training anew: MovieLens 100K.

python -m bench.adapting [share of the events that the earlier run saw] [seeds]

The earlier run sees the log up to a moment; the others all of it, and are asked the same cases, the
last tenth. `as it was` learns nothing: what it did not know lies amid its neighbours.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from bench.clock import report
from bench.logged import DOWNLOADS, dataset_of
from bench.trained import CONFIG
from local import movielens
from model import evaluate
from model.adapt import let_few_learn, share_that_learns
from model.config import TrainConfig
from model.dataset import Dataset
from model.earlier import start_from
from model.learner import Network
from model.split import cut
from model.trial import Trial, new_trial

SHARE = 0.8
RANKS = (2, 8)
AGAIN = replace(CONFIG, epochs=6, patience=2)  # of a run that does not begin with nothing


def main() -> None:
    """Each way with several seeds: quality, CPU seconds, and how many of the weights learned."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else SHARE
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    dataset = dataset_of(movielens.load(DOWNLOADS))
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(1, seeds + 1):
        for name, measured in _runs(dataset, share, seed):
            print(seed, name, measured, file=sys.stderr)
            found.setdefault(name, []).append(measured)
    report({"share": share, "seeds": seeds, "ways": {
        name: {key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]}
        for name, runs in found.items()}})


def _runs(dataset: Dataset, share: float, seed: int) -> Iterator[tuple[str, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as folder:
        earlier = Path(folder)
        _trial(_until(dataset, share), replace(CONFIG, seed=seed)).learn(earlier)
        ways = {"anew": (replace(CONFIG, seed=seed), None),
                "all weights, from the earlier ones": (replace(AGAIN, seed=seed), earlier),
                **{f"additions of rank {rank}": (replace(AGAIN, seed=seed, adapter_rank=rank),
                                                 earlier) for rank in RANKS}}
        for name, (config, start) in ways.items():
            yield name, _measured(_trial(dataset, config), start)
        yield "as it was", _as_it_was(_trial(dataset, replace(CONFIG, seed=seed)), earlier)


def _measured(trial: Trial, earlier: Path | None) -> dict[str, float]:
    began_s = time.process_time()
    network, _ = trial.learn(None, earlier=earlier)
    return {"cpu_s": time.process_time() - began_s, **_asked(trial, network),
            "weights": _share(trial, earlier)}


def _as_it_was(trial: Trial, earlier: Path) -> dict[str, float]:
    began_s = time.process_time()
    network, _ = _started(trial, earlier)
    return {"cpu_s": time.process_time() - began_s, **_asked(trial, network), "weights": 0.0}


def _share(trial: Trial, earlier: Path | None) -> float:
    if earlier is None or not trial.config.adapter_rank:
        return 1.0
    network, known = _started(trial, earlier)
    let_few_learn(network, trial.config.adapter_rank, known)
    return share_that_learns(network)


def _started(trial: Trial, earlier: Path) -> tuple[Network, Tensor]:
    network = Network(trial.config, trial.labels.numbers, len(trial.labels.known) + 1,
                      trial.n_learned)
    graph = trial.graph(trial.split.train, 1.0)
    return network, start_from(earlier, network, trial.config, trial.index, trial.labels, graph)


def _asked(trial: Trial, network: Network) -> dict[str, float]:
    scorers = trial.scorers(network, trial.tune(network), trial.split.before_test)
    return {who: evaluate.measure(evaluate.dense(scorers[of], trial.index), trial.split.test,
                                  trial.index)["ndcg@10"]
            for who, of in (("model", "torch"), ("encoder", "encoder"),
                            ("covisitation", "covisitation"))}


def _trial(dataset: Dataset, config: TrainConfig) -> Trial:
    return new_trial(dataset, cut(dataset, config), config)


def _until(dataset: Dataset, share: float) -> Dataset:
    times = np.sort(dataset.histories.columns.at_ms)
    return replace(dataset, histories=dataset.histories.before(int(times[int(len(times) * share)])))


if __name__ == "__main__":
    main()
