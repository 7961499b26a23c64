"""What a run reads, when it begins and when it is resumed."""

import logging
from pathlib import Path

import pytest

from model.pin import CATALOG, NAMES, Inputs, pinned


@pytest.fixture
def events(tmp_path: Path) -> Path:
    (tmp_path / "events/dt=2026-01-01").mkdir(parents=True)
    for name in ("b.jsonl.gz", "a.jsonl.gz", "notes.txt"):
        (tmp_path / "events/dt=2026-01-01" / name).touch()
    return tmp_path / "events"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    (tmp_path / "current.npz").write_bytes(b"then")
    return tmp_path / "current.npz"


def objects(events: Path, *names: str) -> list[Path]:
    return [events / "dt=2026-01-01" / name for name in names]


def test_without_checkpoints_everything_there_is_is_read(events: Path, catalog: Path) -> None:
    assert pinned(events, catalog, None) == Inputs(
        objects(events, "a.jsonl.gz", "b.jsonl.gz"), catalog)


def test_a_run_that_begins_reads_everything_too(
    events: Path, catalog: Path, tmp_path: Path
) -> None:
    found = pinned(events, catalog, tmp_path / "checkpoints")

    assert found == pinned(events, catalog, None)


def test_a_resumed_run_reads_what_it_began_with(
    events: Path, catalog: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pinned(events, catalog, tmp_path / "checkpoints")
    (events / "dt=2026-01-01/ab.jsonl.gz").touch()
    catalog.write_bytes(b"now")

    with caplog.at_level(logging.WARNING):
        found = pinned(events, catalog, tmp_path / "checkpoints")

    assert found.objects == objects(events, "a.jsonl.gz", "b.jsonl.gz")
    assert found.catalog is not None
    assert found.catalog.read_bytes() == b"then"
    assert "without 1 newer objects" in caplog.text


def test_a_resumed_run_has_no_catalogue_when_it_began_without(
    events: Path, catalog: Path, tmp_path: Path
) -> None:
    pinned(events, None, tmp_path / "checkpoints")

    assert pinned(events, catalog, tmp_path / "checkpoints").catalog is None


def test_a_resumed_run_elsewhere_finds_the_objects_there(
    events: Path, tmp_path: Path
) -> None:
    pinned(events, None, tmp_path / "checkpoints")
    moved = events.rename(tmp_path / "other")

    assert pinned(moved, None, tmp_path / "checkpoints").objects == objects(
        moved, "a.jsonl.gz", "b.jsonl.gz")


def test_when_objects_are_gone_the_run_begins_again_and_says_so(
    events: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pinned(events, None, tmp_path / "checkpoints")
    (events / "dt=2026-01-01/a.jsonl.gz").unlink()
    (events / "dt=2026-01-01/c.jsonl.gz").touch()

    with caplog.at_level(logging.WARNING):
        found = pinned(events, None, tmp_path / "checkpoints")

    assert found.objects == objects(events, "b.jsonl.gz", "c.jsonl.gz")
    assert "1 objects that the run began with are gone" in caplog.text
    assert pinned(events, None, tmp_path / "checkpoints") == found


def test_half_a_pin_is_none(events: Path, catalog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / CATALOG).write_bytes(b"half")
    (folder / f"{NAMES}.new").write_text("[")

    assert pinned(events, catalog, folder).catalog == catalog
    assert (folder / CATALOG).read_bytes() == b"then"
