"""A trial of a tuning says how good it is, as the local search would, and leaves nothing."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from domain.erasure import Forgotten
from domain.space import OBJECTIVE, SAID
from local import planted
from model.attempt import main

CONFIG = replace(planted.CONFIG, epochs=2)


@pytest.fixture
def job(tmp_path: Path, planted_log: tuple[Path, Path]) -> Path:
    """A job's folders as SageMaker and its toolkit fill them in a tuning."""
    shutil.copytree(planted_log[0], tmp_path / "input/data/events")
    (tmp_path / "input/data/forgotten").mkdir()
    (tmp_path / "input/data/forgotten/forgotten.txt").write_text(Forgotten.of([]).to_text())
    (tmp_path / "input/config").mkdir()
    (tmp_path / "input/config/hyperparameters.json").write_text(json.dumps({
        **CONFIG.to_hyperparameters(), "event_types": "[]", "sagemaker_program": '"tune.py"',
        "_tuning_objective_metric": OBJECTIVE}))
    return tmp_path


def test_it_says_how_good_each_epoch_and_the_blend_are_and_leaves_no_model(
    job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--job", str(job)])

    scores = [float(found) for found in re.findall(SAID, capsys.readouterr().out)]
    assert len(scores) == CONFIG.epochs + 1
    assert all(0 <= score <= 1 for score in scores)
    assert not (job / "model").exists()
    assert [path.parent.name for path in (job / "checkpoints").rglob("last.pt")] == [job.name]


def test_what_cannot_be_tried_is_said_where_sagemaker_looks(job: Path) -> None:
    (job / "input/config/hyperparameters.json").write_text('{"width": "3"}')

    with pytest.raises(SystemExit, match="cannot train: width: 3 is none of"):
        main(["--job", str(job)])

    assert "ConfigError: width" in (job / "output/failure").read_text()
