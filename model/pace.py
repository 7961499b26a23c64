"""How fast this machine is at a training: a few of its steps, on a copy of its network."""

import copy
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from model import evaluate
from model.config import TrainConfig
from model.cost import Cost, Rates, Sizes, gpu_peak_mb, peak_mb, seconds_of
from model.evaluate import CHUNK_CELLS
from model.learner import Learner, Network
from model.ranks import ALONE, Ranks
from model.split import sample
from model.trial import TEST_CASES, VALIDATION_CASES, Prepared, Trial
from model.tune import BACKWARD, MAX_CASES, MAX_CELLS, tune

STEPS = 10  # batches, after some that warm up
WARM = 2
ASKED, TUNED = 100, 20  # cases
EXPORT_S = 12.0  # of torch's exporter and ORT's quantizer. source: python -m bench.foreseen
EXPORT_MB = 250  # what both hold while they work. source: python -m bench.foreseen
SCORES = 6  # arrays of one chunk of scores that are held at once, in tuning


class Foreseen(NamedTuple):
    """What there is to do, how fast that goes, and what it comes to."""

    sizes: Sizes
    rates: Rates
    cost: Cost


def foresee(trial: Trial, prepared: Prepared, read_s: float, ranks: Ranks = ALONE) -> Foreseen:
    """Before anything is learned; nothing of the training is changed. cost: some seconds."""
    sizes, network = sizes_of(trial, prepared), copy.deepcopy(prepared.network)
    rates = Rates(read_s / sizes.events, prepared.paired_s / sizes.events,
                  _batch_s(prepared, network, trial.config) / ranks.count,
                  *_asking_s(trial, prepared, network), EXPORT_S)
    cells = min(CHUNK_CELLS, max(sizes.validation, sizes.tuning) * (sizes.items + 1))
    weights = sum(weight.numel() for weight in network.parameters())
    # Kept beside the copy that stepped: the best weights so far, and what is written of them.
    more_mb = (8 * weights + 4 * SCORES * cells) / 1e6 + EXPORT_MB
    return Foreseen(sizes, rates, Cost(seconds_of(sizes, rates), round(peak_mb() + more_mb),
                                       gpu_peak_mb()))


def sizes_of(trial: Trial, prepared: Prepared) -> Sizes:
    """What there is to do."""
    config, rows, tuned_on = trial.config, len(trial.index) + 1, len(trial.split.validation)
    return Sizes(
        trial.dataset.histories.events, len(trial.index), config.epochs + config.pretrain_epochs,
        -(-len(prepared.data) // config.batch_size), min(VALIDATION_CASES, tuned_on),
        min(MAX_CASES, max(1, MAX_CELLS // rows), tuned_on),
        min(TEST_CASES, len(trial.split.test)))


def _batch_s(prepared: Prepared, network: Network, config: TrainConfig) -> float:
    learner = Learner(network, prepared.data, config, prepared.place, ALONE)
    batches = learner.order(0)[:WARM + STEPS]
    warm = min(WARM, len(batches) - 1)
    learner.learn(0, batches, 0, warm)
    return _timed(lambda: learner.learn(0, batches, warm, STEPS)) / (len(batches) - warm)


def _asking_s(trial: Trial, prepared: Prepared, network: Network) -> tuple[float, float]:
    """Of a case that is asked, and of one that is tuned on, with every graph of the grid."""
    cases, index = sample(trial.split.validation, ASKED, trial.config.seed), trial.index
    cosines = trial.cosines(network)
    asked_s = _timed(lambda: evaluate.measure(evaluate.dense(cosines, index), cases, index))
    popular = evaluate.popularity(trial.counts(trial.split.train))
    tuned_s = _timed(lambda: tune(cases[:TUNED], cosines, {1.0: prepared.graph}, popular, index,
                                  trial.config.seed, trial.config.window))
    return asked_s / len(cases), len(BACKWARD) * tuned_s / len(cases[:TUNED])


def _timed(act: Callable[[], Any]) -> float:
    began_s = time.monotonic()
    act()
    return time.monotonic() - began_s
