"""One model of the planted log, beside what merely counts."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from domain.artifact import CARD, ENCODER, GRAPH, SCORER, TABLE, judge, write_manifest
from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model.dataset import read
from model.rival import complaint
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


def test_a_model_that_is_whole_gives_no_complaint(trained: Trained) -> None:
    assert complaint(trained.folder) == ""


@pytest.mark.parametrize("name", [TABLE, GRAPH])
def test_a_changed_file_is_complained_of_by_name(
    trained: Trained, tmp_path: Path, name: str
) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    data = bytearray((broken / name).read_bytes())
    data[len(data) // 2] ^= 1
    (broken / name).write_bytes(data)

    assert name in complaint(broken)


def test_a_missing_file_is_complained_of_by_name(trained: Trained, tmp_path: Path) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    (broken / TABLE).unlink()

    assert complaint(broken) == f"{TABLE} is missing"


@pytest.mark.parametrize(("name", "data"), [
    (ENCODER, b"no graph"), (SCORER, b""), (GRAPH, b"no arrays"), (CARD, b"{}"),
])
def test_a_model_this_code_cannot_run_is_complained_of_though_it_is_as_sealed(
    trained: Trained, tmp_path: Path, name: str, data: bytes
) -> None:
    other = shutil.copytree(trained.folder, tmp_path / "other")
    (other / name).write_bytes(data)
    write_manifest(other)

    assert complaint(other)
