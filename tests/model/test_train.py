"""The program: its words, its errors, and a whole run beside a current model."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from domain.artifact import (
    CARD,
    CLUSTERS,
    MIN_RECALL,
    RANKER,
    TABLE,
    ModelCard,
    judge,
    sealed_files,
    verify,
)
from domain.features import Interaction
from domain.key import item_key
from domain.layout import WEIGHTS
from domain.recommender import Recommender
from domain.vocabulary import Vocabulary
from functions.scorer import try_out
from local.planted import CONFIG, START_MS, item_id
from model.assemble import describe
from model.checkpoint import CHECKPOINT
from model.config import TrainConfig
from model.cost import Account
from model.dataset import DatasetError
from model.pin import CATALOG, NAMES
from model.run import Run
from model.second_stage import SECOND_STAGE
from model.train import main, opened, train
from tests.conftest import Trained
from tests.model.by_hour import BY_HOUR, laid_by_hour, wanted
from tests.model.scene import click, job_at, record, write_log

ROOT = Path(__file__).parents[2]


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "model.train", *arguments], cwd=ROOT, text=True,
                          capture_output=True, check=False, env={**os.environ, "COLUMNS": "100"})


def said(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> str:
    """The one line that `main` ends with."""
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    line = ended.value.code
    assert isinstance(line, str)  # printed to stderr, and the program ends with 1
    assert len(line.splitlines()) == 1
    return line


def test_help_names_every_hyperparameter() -> None:
    found = program("--help")

    assert found.returncode == 0
    for name in TrainConfig().to_hyperparameters():
        assert f"--{name.replace('_', '-')} " in found.stdout


def test_a_mistake_ends_with_one_line_and_1(tmp_path: Path) -> None:
    found = program("--events", str(tmp_path), "--out", str(tmp_path / "out"))

    assert found.returncode == 1
    lines = [line for line in found.stderr.splitlines() if "reading the event log" not in line]
    assert [line.startswith("cannot train: no events") for line in lines if line] == [True]


def test_a_job_that_is_not_told_whom_to_leave_out_learns_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = job_at(tmp_path, {}, write_log(tmp_path / "log", [record(1, click("a", 1))]))
    shutil.rmtree(root / "input/data/forgotten")

    assert "no channel forgotten" in said(monkeypatch, "--job", root)


@pytest.mark.parametrize(("hyperparameters", "reason"), [
    ({"epoch": "3"}, "epoch is no hyperparameter"),
    ({"epochs": "many"}, "'many' is no number"),
    ({"event_types": "{"}, "event_types"),
    ({}, "no channel events"),
])
def test_a_job_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hyperparameters: dict[str, str], reason: str
) -> None:
    root = job_at(tmp_path, hyperparameters,
                  None if reason.startswith("no channel") or not hyperparameters
                  else write_log(tmp_path / "log", [record(1, click("a", 1))]))

    line = said(monkeypatch, "--job", root)

    assert reason in line or reason.removeprefix("no ") in line
    kind, _, told = (root / "output/failure").read_text().partition(": ")
    assert kind.endswith("Error")
    assert line == f"cannot train: {told}"


def test_a_job_with_a_torn_log_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = job_at(tmp_path, {}, write_log(tmp_path / "log", [record(1, click("a", 1))]))
    (torn,) = (root / "input/data/events").iterdir()
    torn.write_bytes(torn.read_bytes()[:20])

    assert "damaged event-log object" in said(monkeypatch, "--job", root)
    assert "damaged event-log object" in (root / "output/failure").read_text()


def test_a_log_too_small_to_split_is_refused(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", [record(1, click("a", 1), click("b", 2))])

    with pytest.raises(DatasetError, match="too few events"):
        train(Run(log, tmp_path / "out", CONFIG, Vocabulary()))


def test_the_artifact_is_sealed_with_the_card_that_is_answered(trained: Trained) -> None:
    verify(trained.folder)

    assert ModelCard.from_json((trained.folder / CARD).read_text()) == trained.card
    assert set(trained.card.seconds) == {"read", "learn", "export", "test"}
    assert (trained.card.events, trained.card.users) == (1500, 150)
    assert trained.card.notes == ()


def test_a_card_tells_what_was_foreseen_and_what_it_took(trained: Trained) -> None:
    account = Account.of(trained.card)

    assert account.instance == "local"
    assert account.actual.seconds == trained.card.seconds
    assert account.predicted.seconds.keys() == account.actual.seconds.keys()
    assert min(account.predicted.peak_mb, account.actual.peak_mb) > 0
    assert account.sizes.events == trained.card.events


def test_a_current_model_is_compared_with(trained: Trained, tmp_path: Path) -> None:
    card = train(Run(trained.events, tmp_path, replace(CONFIG, epochs=1), Vocabulary(),
                     trained.catalog, current=trained.folder))

    assert card.metrics["current"] == trained.card.metrics["model"]
    assert any("current" in reason for reason in judge(card))


def test_a_folder_becomes_a_model_though_the_current_one_is_broken(
    trained: Trained, tmp_path: Path
) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "current")
    data = bytearray((broken / TABLE).read_bytes())
    data[7] ^= 1
    (broken / TABLE).write_bytes(data)
    tiny = [f"--{name.replace('_', '-')}={value}"
            for name, value in replace(CONFIG, epochs=1).to_hyperparameters().items()]

    found = program("--events", str(trained.events), "--catalog", str(trained.catalog),
                    "--current", str(broken), "--out", str(tmp_path / "out"),
                    "--checkpoints", str(tmp_path / "checkpoints"), *tiny)

    assert found.returncode == 0, found.stderr
    verify(tmp_path / "out")
    card = ModelCard.from_json((tmp_path / "out" / CARD).read_text())
    assert set(describe(card.metrics).splitlines()) < set(found.stdout.splitlines())
    (note,) = card.notes
    assert note.startswith(f"the current model is broken and not compared with: {TABLE} is not")
    assert note in found.stderr
    assert "current" not in card.metrics
    assert {path.name for path in (tmp_path / "checkpoints").iterdir()} == {
        CHECKPOINT, NAMES, CATALOG, WEIGHTS}


def test_a_catalogue_above_the_limit_is_trained_judged_and_asked_in_clusters(
    trained: Trained, tmp_path: Path
) -> None:
    config = replace(CONFIG, exact_items=20)

    card = train(Run(trained.events, tmp_path, config, Vocabulary(), trained.catalog))

    verify(tmp_path)
    assert CLUSTERS in sealed_files(tmp_path)
    assert card.search is not None
    assert card.search.clusters == 8
    assert card.search.recall >= MIN_RECALL
    assert judge(card) == []
    assert card.metrics["model"] == pytest.approx(trained.card.metrics["model"], abs=0.02)
    exact, found = (Recommender(folder, onnxruntime) for folder in (trained.folder, tmp_path))
    assert sorted(found.items.ids) == sorted(exact.items.ids)
    assert listed(found) == listed(exact)


def test_a_second_stage_that_helps_is_kept_written_told_and_served(tmp_path: Path) -> None:
    events, catalog = laid_by_hour(tmp_path)
    out = tmp_path / "out"
    run = Run(events, out, BY_HOUR, Vocabulary(), catalog)

    card = train(run)

    verify(out)
    try_out(out)
    assert RANKER in sealed_files(out)
    told = card.config[SECOND_STAGE]
    assert (told["ranker"], told["kept"]) == ("dcn", True)
    assert told["second"] > 1.2 * told["blend"]
    rivals = [card.metrics[name]["ndcg@10"] for name in ("popularity", "covisitation", "encoder")]
    assert card.metrics["model"]["ndcg@10"] > 1.2 * max(rivals)
    assert card.metrics["model"] == pytest.approx(card.metrics["torch"], abs=0.02)
    assert share_of_the_hour(run) > 0.9


def share_of_the_hour(run: Run) -> float:
    """Of what the artifact lists in the test: items of the kind that is wanted at that hour."""
    trial, _ = opened(run)
    model, rank = trial.served(run.out)
    right = [int(model.items.ids[row - 1].removeprefix("i")) % 2 == wanted(case.target.at_ms)
             for case, rows in zip(trial.split.test, rank(trial.split.test), strict=True)
             for row in rows.tolist()]
    return float(np.mean(right))


def listed(model: Recommender) -> list[str]:
    """The list after three steps around a ring."""
    history = [Interaction(START_MS + step, item_key(item_id(0, step)), 2) for step in range(3)]
    window = model.window(history, Vocabulary(), START_MS + 10)
    base = model.base(np.zeros(len(model.index), np.float32), START_MS, np.zeros(0, np.int64))
    return [model.items.ids[row - 1] for row in model.rank(window, base, 5).rows]
