"""One model of the planted log, beside what merely counts."""

from pathlib import Path

import numpy as np
import pytest

from domain.artifact import judge
from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model.dataset import read
from model.split import by_time
from model.trial import Trial, new_trial
from tests.conftest import Trained


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    dataset = read(*planted_log, Vocabulary())
    return new_trial(dataset, by_time(dataset.histories, dataset.vocabulary, 0.1, 0.1), CONFIG)


def test_the_model_beats_what_merely_counts_and_may_be_promoted(trained: Trained) -> None:
    scores = {name: values["ndcg@10"] for name, values in trained.card.metrics.items()}

    assert judge(trained.card) == []
    assert scores["model"] > scores["covisitation"]
    assert scores["model"] > scores["popularity"] + 0.5
    assert "current" not in scores


def test_rows_are_the_catalogue_and_only_what_was_trained_on_is_learned(trial: Trial) -> None:
    trained_on = {entry.item for walk in trial.split.train for entry in walk}

    assert len(trial.index) == 48
    assert set(trial.index.keys[:trial.n_learned].tolist()) == trained_on


def test_what_is_counted_is_counted_as_of_the_newest_event(trial: Trial) -> None:
    walks = trial.split.before_test

    counts = trial.counts(walks)

    newest = max(walk[-1].at_ms for walk in walks)
    (last,) = {walk[-1].item for walk in walks if walk[-1].at_ms == newest}
    row = int(trial.index.rows(np.array([last], np.uint64))[0])
    assert counts[row] >= 1.0  # a click of this moment counts whole
