"""The event log -> a model: python -m model.train --events FOLDER --out FOLDER

Under SageMaker: python -m model.train --job /opt/ml, where the contract's folders say the rest, and
every GPU of the machine learns. Elsewhere torchrun --nproc-per-node N -m model.train ... does that.
"""

import argparse
import logging
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict

import torch

from domain.artifact import ModelCard
from domain.content import Content
from model.assemble import (
    describe,
    git_revision,
    now_text,
    seal,
    widen,
    write_arrays,
    write_clusters,
)
from model.checkpoint import Checkpoints
from model.clusters import arrange
from model.contract import Job
from model.cost import (
    STAGES,
    Account,
    Cost,
    gpu_peak_mb,
    peak_mb,
    told,
)
from model.dataset import read
from model.export import quantize_table, write_graphs
from model.families import COUNTED
from model.fit import Course, Watch
from model.follow import follow
from model.learner import Network
from model.makeup import makeup_of, said_of
from model.pace import Foreseen, foresee
from model.pin import pinned
from model.place import Place
from model.probing import every
from model.ranker_graph import write_ranker
from model.ranks import ALONE, Ranks, joined, spread
from model.rival import rival
from model.run import MISTAKES, Run, parse, run_of
from model.second_stage import SECOND_STAGE, Second, reranked, second_stage
from model.split import cut
from model.tracking import tracking
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



def train(run: Run, ranks: Ranks = ALONE) -> ModelCard:
    """Learn, tune, export, and test once; the artifact in `run.out` is sealed.

    A current model that is broken serves nobody, so it is not compared with; the card notes it.
    raises: DatasetError, when the log is too small to learn from, to tune on and to test on;
    CheckpointError, when a run cannot be resumed; TrackingError.
    """
    with tracking(run.config, run.logs, run.mlflow, run.name) as tracker:
        card = _train(run, ranks, tracker.epoch)
        tracker.card(card)
    return card


def _train(run: Run, ranks: Ranks, watch: Watch) -> ModelCard:
    config = run.config
    current, notes = rival(run.current)
    notes += Place.of(config).notes
    for note in notes:
        log.warning(note)
    laps = [time.monotonic()]
    trial, read_s = opened(run)
    laps.append(time.monotonic())
    network, course, foreseen = _learn(run, trial, read_s, ranks, watch)
    tuned = trial.tune(network)
    network.cpu()
    second = second_stage(trial, network, tuned)
    laps.append(time.monotonic())
    run.out.mkdir(parents=True, exist_ok=True)
    card = _export(run, trial, network, tuned, course, second)
    said, moved = said_of(makeup_of(trial, network, tuned), current)
    laps.append(time.monotonic())
    metrics = trial.test(network, tuned, run.out, current,
                         reranked(second, trial, network, tuned))
    laps.append(time.monotonic())
    seconds = {name: round(b - a, 1) for name, a, b in zip(STAGES, laps, laps[1:], strict=False)}
    if foreseen:
        took = Cost(seconds, peak_mb(), gpu_peak_mb())
        said |= Account(run.instance, *foreseen, took).to_config()
    card = card._replace(config=card.config | said, notes=notes + moved, metrics=metrics,
                         seconds=seconds)
    seal(run.out, card)
    return card


def opened(run: Run) -> tuple[Trial, float]:
    """What there is to learn, and how many seconds it took to read and cut it."""
    began_s = time.monotonic()
    torch.manual_seed(run.config.seed)
    inputs = pinned(run.events, run.catalog, run.checkpoints)
    dataset = read(run.events, inputs.catalog, run.vocabulary, inputs.objects, run.forgotten)
    split = cut(dataset, run.config, run.leave_one_out)
    return new_trial(dataset, split, run.config), time.monotonic() - began_s


def _learn(
    run: Run, trial: Trial, read_s: float, ranks: Ranks, watch: Watch
) -> tuple[Network, Course, Foreseen | None]:
    if run.config.model in COUNTED:
        return *trial.learn(None), None
    prepared = trial.prepare(ranks, run.earlier)
    foreseen = foresee(trial, prepared, read_s, ranks)
    log.info(told(foreseen.cost, run.instance))
    return prepared.network, trial.fit(prepared, run.checkpoints, watch, ranks), foreseen


def _export(
    run: Run, trial: Trial, network: Network, tuned: Tuned, course: Course, second: Second | None
) -> ModelCard:
    """Write the artifact, all but what a test says of it; answers with its card."""
    dataset, config = trial.dataset, run.config
    made = arrange(quantize_table(network.tower), trial.index, config)
    rows, width = made.table.values.shape
    write_graphs(network.encoder, made.table, config.window, run.out)
    write_clusters(run.out, made.clusters)
    write_ranker(second, width, run.out)
    everything = dataset.histories
    counted = (trial.graph(everything, tuned.backward, made.index, config.model),
               trial.counts(everything, made.index))
    said = Content(trial.labels.known, network.tower.label_vectors(), dataset.catalog.until_ms)
    write_arrays(run.out, dataset, made.index, *widen(*counted, rows), said)
    said_of = {**asdict(config), "epochs_trained": course.epochs, EPOCH_LOG: course.epoch_log,
               LEAVE_ONE_OUT: run.leave_one_out, GRAPH_ALONE: list(tuned.graph_alone),
               BACKWARD_OF_CARD: tuned.backward,
               **({SECOND_STAGE: second.report} if second else {})}
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


def main() -> None:
    """Train, and print the card's metrics; what the sender did wrong ends with one clear line."""
    given = parse(argparse.ArgumentParser(prog="python -m model.train", description=__doc__))
    if command := spread(sys.argv[1:], torch.cuda.device_count() if given.job else 1):
        os.execv(command[0], command)  # noqa: S606 - our own words
    try:
        with Job(given.job) if given.job else nullcontext(), joined() as ranks:
            run = run_of(given)
            if not ranks.leads:
                follow(run.config, Checkpoints(run.checkpoints), ranks)
                return
            card = train(run, ranks)
    except MISTAKES as error:
        sys.exit(f"cannot train: {error}")
    print("The test, read once: the true next item among the whole catalogue")
    print(describe(card.metrics))
    print(f"blend {card.blend}, seconds {card.seconds}")


if __name__ == "__main__":
    main()
