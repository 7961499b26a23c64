"""The browser module as it is published: its size, how it is made, and its types."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules/.bin"
PUBLISHED = HERE.parents[1] / "clients/js"
NODE = Path(sys.executable).with_name("node")
MAX_BYTES = 3000


def run(tool: str, *arguments: object, cwd: Path = HERE) -> subprocess.CompletedProcess[str]:
    script = (TOOLS / tool).resolve()
    return subprocess.run([NODE, script, *map(str, arguments)], cwd=cwd, text=True,
                          capture_output=True, check=False)


def test_it_is_smaller_than_three_kilobytes_as_it_travels() -> None:
    published = (PUBLISHED / "headwater.min.js").read_bytes()

    assert len(gzip.compress(published, 9, mtime=0)) < MAX_BYTES


def test_what_is_published_is_made_of_its_source(tmp_path: Path) -> None:
    tool, *words = json.loads((HERE / "package.json").read_text())["scripts"]["minify"].split()
    words[words.index("--output") + 1] = str(tmp_path / "made.js")

    run(tool, *words)

    published = (PUBLISHED / "headwater.min.js").read_text()
    assert (tmp_path / "made.js").read_text() == published, "run `make minify`"


def test_the_package_needs_no_other_and_ships_what_it_names() -> None:
    package = json.loads((PUBLISHED / "package.json").read_text())

    named = {package["types"], *package["files"],
             *(path for entry in package["exports"].values() for path in entry.values())}

    assert not {"dependencies", "peerDependencies"} & package.keys()
    assert [name for name in named if not (PUBLISHED / name).exists()] == []


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    """A project that has the package installed, and what the compiler finds in the module."""
    shutil.copytree(PUBLISHED, tmp_path / "node_modules/headwater-client")
    shutil.copytree(HERE / "types", tmp_path, dirs_exist_ok=True)
    shutil.copytree(PUBLISHED, tmp_path / "source")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    found = run("tsc", "--allowJs", "--checkJs", "--strict", "false", "--declaration",
                "--emitDeclarationOnly", "--target", "es2022", "--outDir", "found",
                "source/headwater.js", cwd=tmp_path)
    assert found.returncode == 0, found.stdout
    return tmp_path


def test_every_option_that_is_written_of_is_read() -> None:
    written = (PUBLISHED / "headwater.d.ts").read_text()
    options = re.search(r"interface Options \{(.*?)\n\}", written, re.DOTALL)
    read = re.search(r"const \{(.*?)\} = options;", (PUBLISHED / "headwater.js").read_text(),
                     re.DOTALL)

    assert options
    assert read
    assert set(re.findall(r"^  (\w+)\??:", options[1], re.MULTILINE)) == set(
        re.findall(r"(\w+)(?: = [\w.]+)?,", read[1]))


@pytest.mark.parametrize(("file", "found_is_trusted"), [("example.ts", "false"),
                                                        ("same.ts", "true")])
def test_its_types_are_right(typed: Path, file: str, found_is_trusted: str) -> None:
    checked = run("tsc", "--noEmit", "--strict", "--skipLibCheck", found_is_trusted,
                  "--module", "nodenext", "--moduleDetection", "force",
                  "--target", "es2022", "--lib", "es2022,dom", file, cwd=typed)

    assert checked.returncode == 0, checked.stdout
