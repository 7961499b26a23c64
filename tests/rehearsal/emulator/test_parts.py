"""Every patch is a part that engines start with, and has its contract."""

import ast
from pathlib import Path

import pytest

from rehearsal.emulator import PARTS
from rehearsal.engine import ROOT

HERE = Path(__file__).parent


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef)]


def test_whatever_can_be_installed_is_a_part() -> None:
    found = {path.stem for path in (ROOT / "rehearsal/emulator").glob("*.py")
             if any(function.name == "install" for function in functions(path))}

    assert found == set(PARTS)
    assert len(PARTS) == len(found)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_held_against_ministack_as_it_is_and_against_aws(part: str) -> None:
    tests = [function for function in functions(HERE / f"test_{part}.py")
             if function.name.startswith("test_")]
    engines = {argument.arg for test in tests for argument in test.args.args}

    assert {"bare", "patched"} <= engines
