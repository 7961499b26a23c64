"""The command, as an operator gives it."""

from pathlib import Path

import pytest

from recovery.__main__ import main
from tests.functions.stage import NOW_MS, Stage, record
from tests.recovery.test_stack import deploy, outputs_of


def status_of(folder: Path, *arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["rebuild", "--scratch", str(folder), *arguments])
    return ended.value.code


def test_it_says_what_it_did_and_what_it_could_not(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(stage.cloud, "shop", outputs_of(stage.cloud))

    fine = status_of(tmp_path, "--stack", "shop", "--only", "models")
    lacking = status_of(tmp_path, "--stack", "shop", "--only", "models", "--only", "items")

    assert (fine, lacking) == (False, True)
    assert "NOT RESTORED: items" in capsys.readouterr().out


def test_what_it_could_not_is_said_though_it_ends_halfway(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(stage.cloud, "shop", outputs_of(stage.cloud) | {"UsersTable": "nowhere"})
    stage.shelf().write_log([record(0, "ann", "a")], NOW_MS)

    status = status_of(tmp_path, "--stack", "shop", "--only", "items", "--only", "users")

    assert "--resume goes on" in str(status)
    assert "NOT RESTORED: items" in capsys.readouterr().out


def test_a_stack_that_is_not_there_ends_it(stage: Stage, tmp_path: Path) -> None:
    status = status_of(tmp_path, "--stack", "nowhere")

    assert str(status).startswith("no stack nowhere here")
