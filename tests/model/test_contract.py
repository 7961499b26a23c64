"""The folders of a SageMaker job."""

import json
from pathlib import Path

import pytest

from model.contract import FAILURE_BYTES, Job


def test_hyperparameters_are_strings_whatever_they_were_written_as(tmp_path: Path) -> None:
    folder = tmp_path / "input/config"
    folder.mkdir(parents=True)
    (folder / "hyperparameters.json").write_text(json.dumps({"epochs": "3", "seed": 4}))

    assert Job(tmp_path).hyperparameters() == {"epochs": "3", "seed": "4"}


def test_a_job_without_hyperparameters_has_none(tmp_path: Path) -> None:
    assert Job(tmp_path).hyperparameters() == {}


def test_an_empty_channel_is_no_channel(tmp_path: Path) -> None:
    (tmp_path / "input/data/events").mkdir(parents=True)
    (tmp_path / "input/data/catalog").mkdir(parents=True)
    (tmp_path / "input/data/catalog/current.npz").touch()

    job = Job(tmp_path)

    assert job.channel("events") is None
    assert job.channel("current") is None
    assert job.channel("catalog") == tmp_path / "input/data/catalog"


def test_model_and_checkpoints_lie_where_sagemaker_takes_them_from() -> None:
    job = Job(Path("/opt/ml"))

    assert (job.model, job.checkpoints) == (Path("/opt/ml/model"), Path("/opt/ml/checkpoints"))


@pytest.mark.parametrize("reason", ["short", "x" * 2000, "ä" * 2000, "x" + "ä" * 2000])
def test_a_reason_is_cut_between_characters(tmp_path: Path, reason: str) -> None:
    Job(tmp_path).fail(reason)

    written = (tmp_path / "output/failure").read_bytes()
    assert len(written) <= FAILURE_BYTES
    assert reason.startswith(written.decode())
    assert len(written) >= min(len(reason), FAILURE_BYTES - 1)


def test_a_path_that_is_no_text_can_still_be_named(tmp_path: Path) -> None:
    Job(tmp_path).fail("torn: caf\udce9.gz")

    assert (tmp_path / "output/failure").read_text() == "torn: caf?.gz"


def test_any_error_that_ends_a_job_is_its_reason(tmp_path: Path) -> None:
    with pytest.raises(MemoryError), Job(tmp_path):
        raise MemoryError("no room for 40 GB")

    assert (tmp_path / "output/failure").read_text() == "MemoryError: no room for 40 GB"


def test_a_job_that_ends_well_has_no_reason(tmp_path: Path) -> None:
    with Job(tmp_path):
        pass

    assert not (tmp_path / "output/failure").exists()
