from pathlib import Path

import pytest

from rehearsal.prepare import _once


class Installer:
    """Fills a folder. times: how often it did."""

    def __init__(self, folder: Path) -> None:
        self.times = 0
        self._folder = folder

    def __call__(self) -> None:
        self.times += 1
        self._folder.mkdir()
        (self._folder / f"package-{self.times}").touch()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    made = tmp_path / "pins.txt"
    made.write_text("package==1")
    return made


@pytest.fixture
def installer(tmp_path: Path) -> Installer:
    return Installer(tmp_path / "folder")


def test_what_is_installed_is_not_installed_again(
    tmp_path: Path, pins: Path, installer: Installer
) -> None:
    for _ in range(2):
        _once(tmp_path / "folder", pins, installer)

    assert installer.times == 1


def test_other_pins_are_installed_into_an_empty_folder(
    tmp_path: Path, pins: Path, installer: Installer
) -> None:
    _once(tmp_path / "folder", pins, installer)
    pins.write_text("package==2")

    _once(tmp_path / "folder", pins, installer)

    assert {path.name for path in (tmp_path / "folder").iterdir()} == {"package-2", "installed"}


def test_an_installation_that_failed_is_begun_anew(
    tmp_path: Path, pins: Path, installer: Installer
) -> None:
    def fail() -> None:
        installer()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        _once(tmp_path / "folder", pins, fail)
    _once(tmp_path / "folder", pins, installer)

    assert {path.name for path in (tmp_path / "folder").iterdir()} == {"package-2", "installed"}
