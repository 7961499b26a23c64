"""The search for hyperparameters, on the planted log."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model import search as verb
from model.config import TrainConfig
from model.dataset import Dataset, read
from model.search import BEST, CHOICES, RANGES, best, search, told
from model.split import cut

FIXED = replace(CONFIG, epochs=2)


@pytest.fixture(scope="module")
def dataset(planted_log: tuple[Path, Path]) -> Dataset:
    return read(*planted_log, Vocabulary())


def test_every_value_that_may_be_tried_makes_a_config() -> None:
    for name, values in {**RANGES, **CHOICES}.items():
        for value in values:
            assert getattr(replace(TrainConfig(), **{name: value}), name) == value


def test_a_second_run_goes_on_where_the_first_one_stopped(
    dataset: Dataset, tmp_path: Path
) -> None:
    split = cut(dataset, FIXED)
    search(dataset, split, FIXED, tmp_path, 5, ["learning_rate"], trials=2)

    study = search(dataset, split, FIXED, tmp_path, 5, ["learning_rate"], trials=1)

    values = {trial.params["learning_rate"] for trial in study.trials}
    assert len(study.trials) == len(values) == 3
    assert best(study, FIXED).learning_rate in values
    assert best(study, FIXED).width == FIXED.width
    assert study.best_value == max(trial.value or 0.0 for trial in study.trials)


def test_a_trial_of_a_run_that_was_killed_has_failed(dataset: Dataset, tmp_path: Path) -> None:
    split = cut(dataset, FIXED)
    study = search(dataset, split, FIXED, tmp_path, 5, ["dropout"], trials=1)
    study.ask()

    again = search(dataset, split, FIXED, tmp_path, 5, ["dropout"], trials=1)

    assert [trial.state.name for trial in again.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    assert told(again).startswith("3 trials: 2 complete, 1 fail\n")


def test_what_goes_worse_than_most_is_given_up(dataset: Dataset, tmp_path: Path) -> None:
    slow = replace(FIXED, epochs=8)
    split = cut(dataset, slow)
    study = search(dataset, split, slow, tmp_path, 5, ["dropout"], trials=4)
    hopeless = replace(slow, learning_rate=1e-9)

    after = search(dataset, split, hopeless, tmp_path, 5, ["dropout"], trials=1)

    assert after.trials[-1].state == optuna.trial.TrialState.PRUNED
    assert len(after.trials[-1].intermediate_values) < 8
    assert study.best_value > 0.5


def test_no_time_tries_nothing_and_says_so(dataset: Dataset, tmp_path: Path) -> None:
    study = search(dataset, cut(dataset, FIXED), FIXED, tmp_path, 0, ["dropout"])

    assert told(study).splitlines()[0].startswith("0 trials")


def test_the_verb_writes_what_to_train_with(
    planted_log: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    events, catalog = planted_log
    told_of = replace(FIXED, epochs=1).to_hyperparameters()
    given = [f"--{name.replace('_', '-')}={value}" for name, value in told_of.items()
             if name != "dropout"]
    monkeypatch.setattr(sys, "argv", [
        "search", "--events", str(events), "--catalog", str(catalog), "--out", str(tmp_path),
        "--minutes", "5", "--trials", "1", *given])

    verb.main()

    found = TrainConfig.from_hyperparameters(json.loads((tmp_path / BEST).read_text()))
    assert replace(found, dropout=0.0) == replace(FIXED, epochs=1, dropout=0.0)
    assert "1 trials: 1 complete" in capsys.readouterr().out


@pytest.mark.parametrize(("wrong", "why"), [
    (["--width", "3"], "width"), (["--event-types", "{"], "event_types"), ([], "below")])
def test_a_mistake_ends_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: list[str], why: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["search", "--events", str(tmp_path), "--out",
                                      str(tmp_path), "--minutes", "1", *wrong])

    with pytest.raises(SystemExit, match=f"cannot search: .*{why}"):
        verb.main()
