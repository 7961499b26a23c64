"""The house rules that no linter holds; CONTRIBUTING.md states them."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from functions.settings import BY_VERB
from infra.deployment import Deployment
from infra.promises import BY_SETTING
from local.cloud import Cloud

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "functions", "model", "infra", "local", "recovery", "rehearsal", "clients",
         "soak")
# What is published from a room has its tests in the room's own folder.
PUBLISHED = {"clients/python/headwater_client": "clients"}
# What drives a deployment is itself its test, or its seeds are; what
# parts of the emulator share is tested by each.
TESTED_BY_USE = {"rehearsal": {"trainings"}, "rehearsal/emulator": {"permissions"},
                 "rehearsal/grants": {"clockwork", "exercises", "rollouts", "upkeep"},
                 "soak": {"case", "clean", "deployment", "found", "play", "poller"}}
MAX_LINES = 250
MAX_FUNCTION_LINES = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def sources() -> list[Path]:
    return sorted(path for room in (*ROOMS, "bench") for path in (ROOT / room).rglob("*.py"))


def functions_of(path: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_file_is_small_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text)), "the file has no docstring"
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions_of(path)
            if f.end_lineno and f.end_lineno - f.lineno >= MAX_FUNCTION_LINES}

    assert long == {}


@pytest.mark.parametrize("path", sources(), ids=name)
def test_what_is_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text())
    outer = [node for node in tree.body
             if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    methods = [node for holder in outer if isinstance(holder, ast.ClassDef)
               if not holder.name.startswith("_")
               for node in holder.body if isinstance(node, ast.FunctionDef)]

    silent = [node.name for node in [*outer, *methods]
              if not node.name.startswith("_") and not ast.get_docstring(node)]

    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_charter_of_a_room_is_all_its_init_holds(room: str) -> None:
    body = ast.parse((ROOT / room / "__init__.py").read_text()).body

    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


@pytest.mark.parametrize("room", [*ROOMS, "model/report", "rehearsal/grants", "rehearsal/emulator",
                                  *PUBLISHED])
def test_every_file_has_its_test(room: str) -> None:
    files = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__", "__main__"}

    home = ROOT / "tests" / PUBLISHED.get(room, room)
    tests = {path.stem.removeprefix("test_") for path in home.glob("test_*.py")}

    assert files - tests == TESTED_BY_USE.get(room, set())


def test_every_function_of_the_template_runs_with_what_the_template_tells_it(cloud: Cloud) -> None:
    for verb, function in cloud.by_verb.items():
        module = importlib.import_module(f"functions.{verb}")

        settings = BY_VERB[verb].from_env(function.environment)

        assert callable(module.handler)
        assert set(settings.to_env().items()) <= set(function.environment.items())


def test_every_verb_is_deployed_but_those_that_settings_ask_for(cloud: Cloud) -> None:
    assert set(BY_VERB) - set(cloud.by_verb) == BY_SETTING


def test_makefile_verbs_are_those_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text()

    for verb in ("demo", "test", "synth", "deploy", "bench"):
        assert f"make {verb}" in readme


def test_the_readme_lists_every_setting_of_a_deployment() -> None:
    readme = (ROOT / "README.md").read_text()

    assert [f.name for f in fields(Deployment) if f"| `{f.name}` |" not in readme] == []


def test_every_control_of_the_threats_is_shown_by_a_test_there_is() -> None:
    page = (ROOT / "docs/threats.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")][1:]
    known = {f.name for path in (ROOT / "tests").rglob("test_*.py") for f in functions_of(path)}

    named = [set(re.findall(r"`(test_\w+)`", row.rpartition("| ")[2])) for row in rows]

    assert all(named)
    assert set().union(*named) - known == set()
