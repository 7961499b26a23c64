"""One trial of SageMaker's tuning: python -m model.attempt --job /opt/ml

As a trial of `model.search`: it learns on the training part, tunes the blend, and says how good
that is on validation, after every epoch as well, so that what goes badly is stopped. The test is
not read, and nothing is left.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from domain.space import said
from model.contract import Job
from model.dataset import read
from model.fit import Epoch
from model.run import MISTAKES, Run, parse, run_of
from model.split import cut
from model.trial import new_trial


def attempt(run: Run) -> float:
    """Learn and tune; the blend's ndcg@10 on validation, printed last. raises: as `train`."""
    torch.manual_seed(run.config.seed)
    dataset = read(run.events, run.catalog, run.vocabulary, forgotten=run.forgotten)
    trial = new_trial(dataset, cut(dataset, run.config), run.config)
    # Trials of one tuning may share a place for checkpoints, and are of other configs.
    kept = run.checkpoints / run.name if run.checkpoints else None
    network, _ = trial.learn(kept, _say)
    score = trial.tune(network).score
    _print(score)
    return score


def _say(done: Epoch) -> None:
    _print(done.validation)


def _print(score: float) -> None:
    print(said(score), flush=True)  # SageMaker reads the log while the job runs


def main(arguments: Sequence[str] | None = None) -> None:
    """Try one set of hyperparameters."""
    parser = argparse.ArgumentParser(prog="python -m model.attempt", description=__doc__)
    parser.add_argument("--job", type=Path, required=True, help="root of SageMaker's folders")
    root = parser.parse_args(arguments).job
    try:
        with Job(root):
            attempt(run_of(parse(argparse.ArgumentParser(), ["--job", str(root)])))
    except MISTAKES as error:
        sys.exit(f"cannot train: {error}")


if __name__ == "__main__":
    main()
