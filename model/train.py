"""The event log -> a model: python -m model.train --events FOLDER --out FOLDER

Under SageMaker: python -m model.train --job /opt/ml, where the contract's folders say the rest.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from domain.artifact import ModelCard
from domain.content import Content
from domain.erasure import ErasureError, Forgotten
from domain.layout import CHANNEL_CATALOG, CHANNEL_CURRENT, CHANNEL_EVENTS, CHANNEL_FORGOTTEN
from domain.vocabulary import Vocabulary, VocabularyError
from model.assemble import (
    describe,
    git_revision,
    now_text,
    seal,
    widen,
    write_arrays,
    write_clusters,
)
from model.checkpoint import CheckpointError
from model.clusters import arrange
from model.config import ConfigError, TrainConfig
from model.contract import Job
from model.dataset import NOBODY, DatasetError, read
from model.earlier import EarlierError
from model.export import quantize_table, write_graphs
from model.fit import Course, Watch
from model.learner import DivergedError, Network
from model.makeup import makeup_of, said_of
from model.options import add_hyperparameters, given_hyperparameters
from model.pin import pinned
from model.place import Place
from model.probing import every
from model.rival import rival
from model.split import cut
from model.tracking import TrackingError, tracking
from model.trial import (
    BACKWARD_OF_CARD,
    EPOCH_LOG,
    GRAPH_ALONE,
    LEAVE_ONE_OUT,
    Trial,
    new_trial,
)
from model.tune import Tuned

log = logging.getLogger(__name__)
# Of who started the run: one line says what is wrong.
MISTAKES = (ConfigError, DatasetError, CheckpointError, EarlierError, DivergedError,
            VocabularyError, ErasureError, TrackingError)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run reads and writes.

    current: folder of the model promoted now, if any.   earlier: checkpoints to start from.
    logs, mlflow, name: where it is told how it goes, and as what: see `model.tracking`.
    """

    events: Path
    out: Path
    config: TrainConfig
    vocabulary: Vocabulary
    catalog: Path | None = None
    current: Path | None = None
    checkpoints: Path | None = None
    earlier: Path | None = None
    leave_one_out: bool = False
    forgotten: Forgotten = NOBODY
    logs: Path | None = None
    mlflow: str = ""
    name: str = ""


def train(run: Run) -> ModelCard:
    """Learn, tune, export, and test once; the artifact in `run.out` is sealed.

    A current model that is broken serves nobody, so it is not compared with; the card notes it.
    raises: DatasetError, when the log is too small to learn from, to tune on and to test on;
    CheckpointError, when a run cannot be resumed; TrackingError.
    """
    with tracking(run.config, run.logs, run.mlflow, run.name) as tracker:
        card = _train(run, tracker.epoch)
        tracker.card(card)
    return card


def _train(run: Run, watch: Watch) -> ModelCard:
    laps, config = [time.monotonic()], run.config
    torch.manual_seed(config.seed)
    current, notes = rival(run.current)
    notes += Place.of(config).notes
    for note in notes:
        log.warning(note)
    inputs = pinned(run.events, run.catalog, run.checkpoints)
    dataset = read(run.events, inputs.catalog, run.vocabulary, inputs.objects, run.forgotten)
    split = cut(dataset, config, run.leave_one_out)
    trial = new_trial(dataset, split, config)
    laps.append(time.monotonic())
    network, course = trial.learn(run.checkpoints, watch, run.earlier)
    tuned = trial.tune(network)
    network.cpu()
    laps.append(time.monotonic())
    run.out.mkdir(parents=True, exist_ok=True)
    card = _export(run, trial, network, tuned, course)
    said, moved = said_of(makeup_of(trial, network, tuned), current)
    card = card._replace(config=card.config | said, notes=notes + moved)
    laps.append(time.monotonic())
    metrics = trial.test(network, tuned, run.out, current)
    laps.append(time.monotonic())
    stages = ("read", "learn", "export", "test")
    seconds = {name: round(b - a, 1) for name, a, b in zip(stages, laps, laps[1:], strict=False)}
    card = card._replace(metrics=metrics, seconds=seconds)
    seal(run.out, card)
    return card


def _export(
    run: Run, trial: Trial, network: Network, tuned: Tuned, course: Course
) -> ModelCard:
    """Write the artifact, all but what a test says of it; answers with its card."""
    dataset, config = trial.dataset, run.config
    made = arrange(quantize_table(network.tower), trial.index, config)
    rows, width = made.table.values.shape
    write_graphs(network.encoder, made.table, config.window, run.out)
    write_clusters(run.out, made.clusters)
    everything = dataset.histories
    counted = (trial.graph(everything, tuned.backward, made.index, config.model),
               trial.counts(everything, made.index))
    said = Content(trial.labels.known, network.tower.label_vectors(), dataset.catalog.until_ms)
    write_arrays(run.out, dataset, made.index, *widen(*counted, rows), said)
    said_of = {**asdict(config), "epochs_trained": course.epochs, EPOCH_LOG: course.epoch_log,
               LEAVE_ONE_OUT: run.leave_one_out, GRAPH_ALONE: list(tuned.graph_alone),
               BACKWARD_OF_CARD: tuned.backward}
    card = ModelCard(
        now_text(), said_of, tuned.blend, rows, width, config.window, everything.until_ms,
        everything.events, len(everything), metrics={},
        git_revision=git_revision(),
        search=every(made.clusters) if made.clusters else None,
    )
    seal(run.out, card)
    if made.clusters:
        card = card._replace(search=trial.search(run.out))
        seal(run.out, card)
    return card


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; every hyperparameter is an option."""
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("--job", type=Path, help="root of SageMaker's folders, /opt/ml")
    parser.add_argument("--events", type=Path, help="folder of event-log objects (*.jsonl.gz)")
    parser.add_argument("--catalog", type=Path, help="catalogue snapshot (optional)")
    parser.add_argument("--current", type=Path, help="folder of the model to beat (optional)")
    parser.add_argument("--out", type=Path, help="folder for the artifact")
    parser.add_argument("--checkpoints", type=Path, help="folder to resume from (optional)")
    parser.add_argument("--earlier", type=Path,
                        help="checkpoints of an earlier run, to start from its weights (optional)")
    parser.add_argument("--logs", type=Path, help="folder for TensorBoard (default: OUT-logs)")
    parser.add_argument("--mlflow", default="", metavar="URI",
                        help="a folder, a tracking server, or SageMaker's by its ARN (optional)")
    parser.add_argument("--event-types", default="[]", help="declared event types, as JSON")
    parser.add_argument("--leave-one-out", action="store_true",
                        help="split as papers do, in place of the cut in time")
    add_hyperparameters(parser)
    given = parser.parse_args(arguments)
    if not (given.job or (given.events and given.out)):
        parser.error("--events and --out are required (or --job)")
    return given


def run_of(given: argparse.Namespace) -> Run:
    """What the command line, or the job it names, asks for.

    raises: ConfigError, VocabularyError, DatasetError or ErasureError, when that cannot be done.
    """
    if given.job:
        return _of_job(Job(given.job))
    config = TrainConfig.from_hyperparameters(given_hyperparameters(given))
    logs = given.logs or given.out.with_name(f"{given.out.name}-logs")
    return Run(given.events, given.out, config,
               Vocabulary.from_json(given.event_types), given.catalog, given.current,
               given.checkpoints, given.earlier, given.leave_one_out, logs=logs,
               mlflow=given.mlflow, name=given.out.name)


def _of_job(job: Job) -> Run:
    given = job.hyperparameters()
    vocabulary = Vocabulary.from_json(given.pop("event_types", "[]"))
    mlflow = given.pop("mlflow", "")
    events, catalog = job.channel(CHANNEL_EVENTS), job.channel(CHANNEL_CATALOG)
    if events is None:
        raise DatasetError(f"the job has no channel {CHANNEL_EVENTS}, or it is empty")
    found = next(catalog.glob("*.npz"), None) if catalog else None
    return Run(events, job.model, TrainConfig.from_hyperparameters(given), vocabulary, found,
               job.channel(CHANNEL_CURRENT), job.checkpoints, forgotten=_forgotten(job),
               logs=job.logs, mlflow=mlflow, name=job.name)


def _forgotten(job: Job) -> Forgotten:
    """Whom to leave out. raises: ErasureError, when the job is told in a way not known here."""
    folder = job.channel(CHANNEL_FORGOTTEN)
    if folder is None:
        raise ErasureError(f"the job has no channel {CHANNEL_FORGOTTEN}, or it is empty")
    return Forgotten.from_text(next(folder.iterdir()).read_text())


def main() -> None:
    """Train, and print the card's metrics; what the sender did wrong ends with one clear line."""
    given = parse()
    try:
        with Job(given.job) if given.job else nullcontext():
            card = train(run_of(given))
    except MISTAKES as error:
        sys.exit(f"cannot train: {error}")
    print("The test, read once: the true next item among the whole catalogue")
    print(describe(card.metrics))
    print(f"blend {card.blend}, seconds {card.seconds}")


if __name__ == "__main__":
    main()
