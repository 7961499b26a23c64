from itertools import pairwise
from pathlib import Path

import pytest

from rehearsal.cdk import Cdk
from rehearsal.engine import RehearsalError

# Stands in for the CLI: keeps how it was called, prints and ends as it was told.
CLI = """#!/bin/sh
echo "$AWS_ENDPOINT_URL $*" >> asked
test -e outputs && cp outputs folder/shop.json
cat says 2>/dev/null
exit $(cat ends 2>/dev/null || echo 0)
"""


class Engine:
    """Where the CLI is to go."""

    def shell(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder of a version that brings this CLI."""
    cli = tmp_path / "node_modules/.bin/cdk"
    cli.parent.mkdir(parents=True)
    cli.write_text(CLI)
    cli.chmod(0o755)
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.fixture
def cdk(source: Path) -> Cdk:
    return Cdk(Engine(), source, source / "folder")


def asked(source: Path) -> list[str]:
    """The words of the only call."""
    (line,) = (source / "asked").read_text().splitlines()
    return line.split()


def context(words: list[str]) -> dict[str, str]:
    """What was given with -c."""
    given = [after for word, after in pairwise(words) if word == "-c"]
    return dict(pair.split("=", 1) for pair in given)


def test_a_stack_is_deployed_with_its_settings_and_answers_with_its_outputs(
    cdk: Cdk, source: Path
) -> None:
    (source / "outputs").write_text('{"shop": {"ApiUrl": "https://x"}}')

    outputs = cdk.deploy("shop", {"log_days": "7", "retain_data": "true"})

    words = asked(source)
    assert outputs == {"ApiUrl": "https://x"}
    assert words[:3] == ["http://127.0.0.1:1", "deploy", "shop"]
    assert context(words) == {"name": "shop", "architecture": "x86_64", "log_days": "7",
                              "retain_data": "true"}
    assert words[words.index("--require-approval") + 1] == "never"
    assert words[words.index("--output") + 1] == str(source / "folder/cdk.out")


def test_a_stack_is_destroyed_with_the_settings_it_was_deployed_with(
    cdk: Cdk, source: Path
) -> None:
    cdk.destroy("shop", {"profile": "cheap"})

    words = asked(source)
    assert words[1:3] == ["destroy", "shop"]
    assert context(words)["profile"] == "cheap"
    assert "--force" in words


def test_no_difference_is_nothing(cdk: Cdk, source: Path) -> None:
    (source / "says").write_text("Stack shop\nThere were no differences")

    assert cdk.diff("shop", {}) == ""


def test_a_difference_is_told_and_is_no_failure(cdk: Cdk, source: Path) -> None:
    (source / "says").write_text("Stack shop\n[~] a function")
    (source / "ends").write_text("1")

    assert "[~] a function" in cdk.diff("shop", {})


def test_a_diff_that_could_not_be_made_is_a_failure(cdk: Cdk, source: Path) -> None:
    (source / "says").write_text("no such account")
    (source / "ends").write_text("1")

    with pytest.raises(RehearsalError, match="no such account"):
        cdk.diff("shop", {})


def test_a_failed_deploy_says_what_the_cli_said_and_keeps_all_of_it(
    cdk: Cdk, source: Path
) -> None:
    (source / "says").write_text("\n".join(f"line {n}" for n in range(100)))
    (source / "ends").write_text("1")

    with pytest.raises(RehearsalError, match="line 99") as caught:
        cdk.deploy("shop", {})

    assert "line 0\n" not in str(caught.value)
    assert "line 0" in cdk.log.read_text()
