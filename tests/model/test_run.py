"""A command line or a job, and the run it asks for."""

import shutil
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
import torch

from model.config import TrainConfig
from model.content import Labels
from model.earlier import keep
from model.run import Run, parse, run_of
from tests.model.scene import index_of, job_at, network


def test_the_command_line_becomes_a_run() -> None:
    given = parse(ArgumentParser(), [
        "--events", "e", "--out", "o", "--epochs", "3", "--leave-one-out",
        "--event-types", '[{"name": "share", "code": 64, "weight": 2.0}]', "--mlflow", "runs",
        "--earlier", "before"])

    run = run_of(given)

    assert (run.events, run.out, run.config) == (Path("e"), Path("o"), TrainConfig(epochs=3))
    assert "share" in run.vocabulary.by_name
    assert run.leave_one_out
    assert (run.logs, run.mlflow, run.name) == (Path("o-logs"), "runs", "o")
    assert run.earlier == Path("before")
    elsewhere = parse(ArgumentParser(), ["--events", "e", "--out", "o", "--logs", "l"])
    assert run_of(elsewhere).logs == Path("l")


def test_a_job_becomes_a_run(tmp_path: Path, planted_log: tuple[Path, Path]) -> None:
    root = job_at(tmp_path, {"epochs": "3", "event_types": "[]", "mlflow": "arn:x"},
                  planted_log[0])
    (root / "input/data/catalog").mkdir()
    shutil.copy(planted_log[1], root / "input/data/catalog/current.npz")

    run = run_of(parse(ArgumentParser(), ["--job", str(root)]))

    assert run == Run(root / "input/data/events", root / "model", TrainConfig(epochs=3),
                      run.vocabulary, root / "input/data/catalog/current.npz", None,
                      root / "checkpoints", forgotten=run.forgotten,
                      logs=root / "output/tensorboard", mlflow="arn:x", name=root.name)
    assert run.forgotten.refuses("ann")


@pytest.mark.parametrize(("width", "starts"), [(16, True), (32, False)])
def test_a_job_starts_from_an_earlier_one_of_its_shape(
    tmp_path: Path, planted_log: tuple[Path, Path], width: int, starts: bool
) -> None:
    root = job_at(tmp_path, {"width": "16"}, planted_log[0])
    folder, config = root / "input/data/earlier", TrainConfig(width=width)
    index = index_of(2)
    keep(folder, network(config, items=2), config, index,
         Labels(np.zeros(0, np.uint64), torch.zeros(3, 1, dtype=torch.int64)))

    run = run_of(parse(ArgumentParser(), ["--job", str(root)]))

    assert run.earlier == (folder if starts else None)


def test_without_a_log_or_a_folder_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(ArgumentParser(), ["--events", "e"])

    assert ended.value.code == 2
    assert "--events and --out are required" in capsys.readouterr().err
