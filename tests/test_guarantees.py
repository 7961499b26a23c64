"""docs/guarantees.md names the test that holds each promise."""

import ast
import re

import pytest

from local.template import ROOT

PAGE = (ROOT / "docs/guarantees.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


@pytest.mark.parametrize("promise", SECTIONS)
def test_a_promise_is_held_by_tests_that_exist(promise: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", SECTIONS[promise])

    assert named
    for file, test in named:
        made = ast.parse((ROOT / file).read_text()).body
        assert test in {found.name for found in made if isinstance(found, ast.FunctionDef)}, file


def test_every_test_that_is_named_is_spelt_as_one() -> None:
    assert PAGE.count("`tests/") == len(re.findall(r"`tests/[\w/]+\.py::test_\w+`", PAGE)) + 1
