"""NDCG@10 on the files that papers report: each user's last item among the whole catalogue.

python -m bench.leave_one_out beauty|sports|toys|ml-1m [seeds]

Everybody's last item is the test, the one before it validation, all users are asked, what they have
seen is left out. `strict`: as papers do, nothing has seen a validation event but as part of the
history that is asked about. `streaming`: graph and popularity count those too, as they do here a
second after the event; the network is the same.
"""

import statistics
import sys
import time
from dataclasses import replace

from bench.clock import report
from bench.logged import dataset_of
from bench.published import load
from model import evaluate
from model.config import TrainConfig
from model.learner import Network
from model.split import cut
from model.trial import Trial, new_trial
from model.tune import Tuned

# Chosen on validation. source of the dropouts: Zhai et al. 2024, sparse and dense data sets.
SPARSE = TrainConfig(epochs=15, patience=6, dropout=0.4, learning_rate=3e-3, batch_size=128)
RECIPES = {
    "beauty": SPARSE, "sports": SPARSE, "toys": SPARSE,
    "ml-1m": TrainConfig(epochs=40, patience=6, window=200, batch_size=32, learning_rate=2e-3,
                         negatives=4096),  # more than there are films: all are scored
}
SHOWN = ("ndcg@10", "hr@10")


def main() -> None:
    """Train with several seeds, and ask everybody once."""
    name, seeds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    dataset = dataset_of(load(name))
    runs, minutes = list[dict[str, dict[str, float]]](), list[float]()
    for seed in range(1, seeds + 1):
        began = time.process_time()
        config = replace(RECIPES[name], seed=seed)
        trial = new_trial(dataset, cut(dataset, config, as_papers_do=True), config)
        network, course = trial.learn(None)
        tuned = trial.tune(network)
        minutes.append((time.process_time() - began) / 60)
        runs.append(_asked(trial, network, tuned))
        print(f"seed {seed}: epoch {course.epochs} was the best, {tuned}", runs[-1])
    report({"dataset": name, "seeds": seeds, "users": len(dataset.histories),
            "cpu_minutes": round(statistics.mean(minutes), 1),
            **{who: _spread([run[who] for run in runs]) for who in runs[0]}})


def _asked(trial: Trial, network: Network, tuned: Tuned) -> dict[str, dict[str, float]]:
    split = trial.split
    return {
        f"{how} {who}": evaluate.measure(evaluate.dense(scorer, trial.index), split.test,
                                         trial.index)
        for how, known in (("strict", split.train), ("streaming", split.before_test))
        for who, scorer in trial.scorers(network, tuned, known).items()}


def _spread(found: list[dict[str, float]]) -> dict[str, str]:
    """Mean and standard deviation over the seeds."""
    return {name: f"{statistics.mean(run[name] for run in found):.4f}"
            + (f" ± {statistics.stdev(run[name] for run in found):.4f}" if len(found) > 1 else "")
            for name in SHOWN}


if __name__ == "__main__":
    main()
