"""How fast a training learns, beside RecBole's SASRec and RecTools' SASRec, at equal quality.

python -m bench.throughput [ml-100k|beauty|...] [SECONDS]

The same sequences, the same shape of the network, one thread, CPU seconds, and one evaluation for
all: ours, ndcg@10 of the validation item of leave-one-out among the whole catalogue. Each peer
trains for so many CPU seconds, one epoch at least, and is asked after every epoch; ours trains as
it does by default. The clock of the peers stands still while they are asked; that of ours goes on.
The peers live in an environment of their own (torch for CPUs will do):

    python -m venv data/peers-venv
    data/peers-venv/bin/pip install torch==2.13.0 'rectools[torch]' pyarrow ray scikit-learn \\
        tensorboard tabulate texttable thop psutil plotly colorlog colorama
    data/peers-venv/bin/pip install --no-deps data/recbole-1.2.1-py3-none-any.whl
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import published
from bench.clock import report
from bench.logged import dataset_of
from bench.peer_search import PYTHON
from bench.published import ML_100K
from domain.row import Rows
from model import evaluate
from model.config import TrainConfig
from model.fit import Epoch
from model.split import Case, cut, sample
from model.trial import VALIDATION_CASES, Trial, new_trial

PEERS = ("recbole", "rectools")
OURS = ("sasrec", "ligr")
SECONDS = 600.0
SHAPE = ("width", "blocks", "heads", "window", "dropout")


class Point(NamedTuple):
    """Where a training stood. sequences, targets: learned so far."""

    cpu_s: float
    ndcg: float
    sequences: int
    targets: int


def main() -> None:
    """All of them, in turn."""
    name = sys.argv[1] if sys.argv[1:] else ML_100K
    seconds = float(sys.argv[2]) if sys.argv[2:] else SECONDS
    if not PYTHON.exists():
        sys.exit(f"the peers are not here:\n{__doc__}")
    trial = _trial(name)
    courses = {peer: list(_peer(trial, peer, seconds)) for peer in PEERS}
    courses |= {family: _ours(trial, family) for family in OURS}
    best = {who: max(course, key=lambda point: point.ndcg) for who, course in courses.items()}
    report({"dataset": name, "of": {who: {
        "ndcg@10": round(best[who].ndcg, 4), "cpu_s": round(best[who].cpu_s, 1),
        "epochs": len(course),
        "sequences_per_s": round(course[-1].sequences / course[-1].cpu_s),
        "targets_per_s": round(course[-1].targets / course[-1].cpu_s),
        "course": [(round(point.cpu_s, 1), round(point.ndcg, 4)) for point in course],
    } for who, course in courses.items()}, "times_as_fast_to_the_quality_of": {
        peer: {family: _times(best[peer], courses[family]) for family in OURS} for peer in PEERS}})


def _times(goal: Point, course: Sequence[Point]) -> float | None:
    """How many times the CPU seconds of ours a peer took to its best; None if ours is never so."""
    reached = [point.cpu_s for point in course if point.ndcg >= goal.ndcg]
    return round(goal.cpu_s / reached[0], 1) if reached else None


def _trial(name: str) -> Trial:
    dataset, config = dataset_of(published.load(name)), TrainConfig()
    return new_trial(dataset, cut(dataset, config, as_papers_do=True), config)


def _peer(trial: Trial, peer: str, seconds: float) -> Iterator[Point]:
    """Every epoch of a peer, asked as ours is."""
    cases = _cases(trial)
    shape = [str(asdict(trial.config)[name]) for name in SHAPE]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        histories = trial.split.before_test  # with the validation item, which is asked
        owners = np.concatenate([block.owner for block in histories.blocks()])
        rows = np.concatenate([trial.index.rows(block.columns.item)
                               for block in histories.blocks()])
        np.savez(folder / "sequences.npz", owners=owners, rows=rows)
        numbers = {histories.name(user): user for user in range(len(histories))}
        subprocess.run([PYTHON.absolute(), Path(__file__).with_name(f"peer_{peer}.py"), folder,
                        *shape, str(seconds)], check=True, stdout=sys.stderr, cwd=folder,
                       env=os.environ | {"OMP_NUM_THREADS": "1"})
        epochs = sorted(folder.glob("epoch-*.npz"), key=lambda path: int(path.stem[6:]))
        for found in map(np.load, epochs):
            lists = dict(zip(found["owners"].tolist(), found["lists"], strict=True))

            def rank(asked: Sequence[Case], lists: dict[int, Rows] = lists) -> Iterator[Rows]:
                for case in asked:
                    best = lists[numbers[case.user]]
                    yield best[~np.isin(best, evaluate.seen_rows(case, trial.index))][:evaluate.K]

            ndcg = evaluate.measure(rank, cases, trial.index)["ndcg@10"]
            yield Point(float(found["cpu_s"]), ndcg, int(found["sequences"]),
                        int(found["targets"]))


def _ours(trial: Trial, family: str) -> list[Point]:
    """Every epoch of ours."""
    trial = replace(trial, config=replace(trial.config, model=family, patience=100))
    course, began = list[Point](), time.process_time()
    prepared = trial.prepare()
    sequences, targets = len(prepared.data), int(prepared.data.answers.sum())

    def watch(epoch: Epoch) -> None:
        course.append(Point(time.process_time() - began, epoch.validation,
                            epoch.number * sequences, epoch.number * targets))

    trial.fit(prepared, None, watch)
    return course


def _cases(trial: Trial) -> list[Case]:
    return sample(trial.split.validation, VALIDATION_CASES, trial.config.seed)


if __name__ == "__main__":
    main()
