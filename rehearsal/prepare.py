"""python -m rehearsal.prepare: the emulator's and the functions' own environments, as pinned."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from infra import bundling
from rehearsal.engine import FOLDER, RehearsalError

PINS = Path(__file__).parent / "environments"


def main() -> None:
    """Install what is not there yet."""
    python = bundling.find_compiler()
    if not python:
        raise RehearsalError(f"functions run on Python {bundling.PYTHON}: there is none here")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("emulator", "runtime"):
        _once(FOLDER / name, PINS / f"{name}.txt", partial(_install, python, name))
    _once(FOLDER / "node", PINS / "package-lock.json", _install_node)


def _once(folder: Path, pins: Path, install: Callable[[], None]) -> None:
    """Install into a folder of which a mark says that it holds these pins."""
    mark, wanted = folder / "installed", hashlib.sha256(pins.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install()
    mark.write_text(wanted)


def _install(python: str, name: str) -> None:
    folder = FOLDER / name
    _run(python, "-m", "venv", str(folder))
    _run(str(folder / "bin/python"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", "-r", str(PINS / f"{name}.txt"))


def _install_node() -> None:
    folder = FOLDER / "node"
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, folder)
    _run("npm", "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
