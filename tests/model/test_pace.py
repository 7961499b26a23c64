"""A few steps tell what a training takes, and leave it as it was."""

from pathlib import Path

import pytest
import torch

from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model.cost import seconds_of
from model.dataset import read
from model.pace import foresee, sizes_of
from model.ranks import Ranks
from model.second_pace import SecondPace
from model.split import cut
from model.trial import Prepared, Trial, new_trial
from tests.model.shortlisted import trial_of


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    dataset = read(*planted_log, Vocabulary())
    return new_trial(dataset, cut(dataset, CONFIG), CONFIG)


@pytest.fixture(scope="module")
def prepared(trial: Trial) -> Prepared:
    return trial.prepare()


def test_there_is_to_do_what_the_training_does(trial: Trial, prepared: Prepared) -> None:
    sizes = sizes_of(trial, prepared, SecondPace())

    assert (sizes.events, sizes.items, sizes.epochs) == (1500, 48, CONFIG.epochs)
    assert sizes.batches == -(-len(prepared.data) // CONFIG.batch_size)
    assert sizes.validation == sizes.tuning == len(trial.split.validation)
    assert sizes.test == len(trial.split.test)
    assert (sizes.taught, sizes.listed, sizes.judged) == (0, 0, 0)


def test_the_training_is_as_it_was(trial: Trial, prepared: Prepared) -> None:
    before = {name: weight.clone() for name, weight in prepared.network.state_dict().items()}

    found = foresee(trial, prepared, read_s=3.0)

    assert all(torch.equal(before[name], weight)
               for name, weight in prepared.network.state_dict().items())
    assert found.cost.seconds["read"] == 3.0
    assert min(found.rates[:-4]) > 0
    assert max(found.rates[-4:]) == 0.0  # there is no second stage
    assert found.cost.peak_mb > 100


def test_two_processes_take_half_of_a_batch_each(trial: Trial, prepared: Prepared) -> None:
    alone, shared = (foresee(trial, prepared, 3.0, Ranks(count=count)) for count in (1, 1000))

    assert shared.rates.batch_s < alone.rates.batch_s / 10


def test_a_second_stage_is_foreseen_and_the_training_is_as_it_was(
    planted_log: tuple[Path, Path]
) -> None:
    two = trial_of(planted_log)
    prepared = two.prepare()
    before = {name: weight.clone() for name, weight in prepared.network.state_dict().items()}

    found = foresee(two, prepared, read_s=3.0)

    assert all(torch.equal(before[name], weight)
               for name, weight in prepared.network.state_dict().items())
    assert min(found.rates) > 0
    assert min(found.sizes[-3:]) > 0
    without = seconds_of(found.sizes._replace(taught=0, listed=0, judged=0), found.rates)
    assert found.cost.seconds["learn"] > without["learn"]
    assert found.cost.seconds["test"] > without["test"]
