"""What serves may be broken: then it is told why, and nobody is compared with it."""

import shutil
from pathlib import Path

import pytest

from domain.artifact import CARD, ENCODER, GRAPH, SCORER, TABLE, write_manifest
from model.rival import complaint, rival
from tests.conftest import Trained


def test_what_is_whole_is_compared_with(trained: Trained) -> None:
    assert rival(trained.folder) == (trained.folder, ())


def test_what_is_broken_is_not_and_that_is_noted(trained: Trained, tmp_path: Path) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    (broken / TABLE).unlink()

    assert rival(broken) == (None, (
        f"the current model is broken and not compared with: {TABLE} is missing",))


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
