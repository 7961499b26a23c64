"""How fast this machine is at a training: a few of its steps, which are taken back."""

import time
from functools import partial
from typing import NamedTuple

from model import evaluate
from model.config import TrainConfig
from model.cost import Cost, Rates, Sizes, gpu_peak_mb, peak_mb, seconds_of
from model.evaluate import CHUNK_CELLS
from model.families import alone
from model.fit import copied
from model.learner import Learner, Network
from model.ranks import ALONE, Ranks
from model.second_pace import SecondPace, pace_of_second, timed
from model.split import sample
from model.trial import TEST_CASES, VALIDATION_CASES, Prepared, Trial
from model.tune import BACKWARD, FINAL, MAX_CASES, MAX_CELLS, tune

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
    network, began_s = prepared.network, time.monotonic()
    before = copied(network)
    asking_s = _asking_s(trial, prepared, network)
    batch_s = _batch_s(prepared, network, trial.config) / ranks.count
    network.load_state_dict(before)
    network.zero_grad()
    second = pace_of_second(trial, prepared)  # by now what takes a first step is loaded
    sizes = sizes_of(trial, prepared, second)
    rates = Rates(read_s / sizes.events, prepared.paired_s / sizes.events,
                  prepared.begun_s / sizes.events, batch_s, *asking_s,
                  time.monotonic() - began_s, EXPORT_S + second.export_s, *second.rates)
    cells = min(CHUNK_CELLS,
                max(sizes.validation, sizes.tuning, sizes.finals) * (sizes.items + 1))
    weights = sum(weight.numel() for weight in network.parameters())
    # Kept beside what stepped: the best weights so far, and what is written of them. What tuning
    # holds is let go before a second stage learns.
    more_mb = 8 * weights / 1e6 + max(4 * SCORES * cells / 1e6, second.mb) + EXPORT_MB
    return Foreseen(sizes, rates, Cost(seconds_of(sizes, rates), round(peak_mb() + more_mb),
                                       gpu_peak_mb()))


def sizes_of(trial: Trial, prepared: Prepared, second: SecondPace) -> Sizes:
    """What there is to do."""
    config, cases, tested = trial.config, len(trial.split.validation), len(trial.split.test)
    heats = min(MAX_CASES, max(1, MAX_CELLS // (len(trial.index) + 1)))
    return Sizes(
        trial.dataset.histories.events, len(trial.index), config.epochs + config.pretrain_epochs,
        -(-len(prepared.data) // config.batch_size), min(VALIDATION_CASES, cases),
        min(heats, cases), min(heats * FINAL, cases) if cases > heats else 0,
        min(TEST_CASES, tested), *second.sizes)


def _batch_s(prepared: Prepared, network: Network, config: TrainConfig) -> float:
    learner = Learner(network, prepared.data, config, prepared.place, ALONE)
    batches = learner.order(0)[:WARM + STEPS]
    warm = min(WARM, len(batches) - 1)
    learner.learn(0, batches, 0, warm)
    _, learned_s = timed(lambda: learner.learn(0, batches, warm, STEPS))
    return learned_s / (len(batches) - warm)


def _asking_s(trial: Trial, prepared: Prepared, network: Network) -> tuple[float, float, float]:
    """Of a case that is asked, one that all blends are tried on, and one that the best are."""
    cases, index = sample(trial.split.validation, ASKED, trial.config.seed), trial.index
    cosines = trial.cosines(network)
    _, asked_s = timed(lambda: evaluate.measure(evaluate.dense(cosines, index), cases, index))
    popular, few = evaluate.popularity(trial.counts(trial.split.train)), cases[:TUNED]
    tuning = partial(tune, few, cosines, {1.0: prepared.graph}, popular, index, trial.config.seed,
                     trial.config.window)
    tuned_s, final_s = (len(BACKWARD) * timed(partial(tuning, only))[1] / len(few)
                        for only in (None, alone(trial.config.model)))
    return asked_s / len(cases), tuned_s, final_s
