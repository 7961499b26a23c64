"""A command line or a job, and the run it asks for."""

import shutil
from argparse import ArgumentParser
from pathlib import Path

import pytest

from model.config import TrainConfig
from model.run import Run, parse, run_of
from tests.model.scene import job_at


def test_the_command_line_becomes_a_run() -> None:
    given = parse(ArgumentParser(), [
        "--events", "e", "--out", "o", "--epochs", "3", "--leave-one-out",
        "--event-types", '[{"name": "share", "code": 64, "weight": 2.0}]'])

    run = run_of(given)

    assert (run.events, run.out, run.config) == (Path("e"), Path("o"), TrainConfig(epochs=3))
    assert "share" in run.vocabulary.by_name
    assert run.leave_one_out


def test_a_job_becomes_a_run(tmp_path: Path, planted_log: tuple[Path, Path]) -> None:
    root = job_at(tmp_path, {"epochs": "3", "event_types": "[]"}, planted_log[0])
    (root / "input/data/catalog").mkdir()
    shutil.copy(planted_log[1], root / "input/data/catalog/current.npz")

    run = run_of(parse(ArgumentParser(), ["--job", str(root)]))

    assert run == Run(root / "input/data/events", root / "model", TrainConfig(epochs=3),
                      run.vocabulary, root / "input/data/catalog/current.npz", None,
                      root / "checkpoints", forgotten=run.forgotten)
    assert run.forgotten.refuses("ann")


def test_without_a_log_or_a_folder_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(ArgumentParser(), ["--events", "e"])

    assert ended.value.code == 2
    assert "--events and --out are required" in capsys.readouterr().err
