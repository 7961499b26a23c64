"""What tests share: a cloud from the synthesized template, and a model trained on a planted log."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.artifact import ModelCard
from domain.record import encode_log
from domain.snapshot import EMPTY
from domain.vocabulary import Vocabulary
from local import planted
from local.cloud import Cloud
from local.engine import Engine
from model.run import Run
from model.train import train

os.environ.setdefault("CDK_VALIDATION", "false")  # 4 s of CPU at every synth; on in `make synth`
os.environ.setdefault("JSII_NODE", str(Path(sys.executable).parent / "node"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An account of its own: moto answers, no policy is asked."""
    made = Engine("key", "secret")
    made.start()
    yield made
    made.stop()


@dataclass(frozen=True)
class Trained:
    """A sealed artifact, and what it was made of."""

    folder: Path
    card: ModelCard
    events: Path
    catalog: Path


@pytest.fixture(scope="session")
def planted_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folder of the planted event log, and the catalogue snapshot beside it."""
    root = tmp_path_factory.mktemp("planted")
    (root / "events").mkdir()
    (root / "events/one.jsonl.gz").write_bytes(encode_log(planted.records()))
    catalog = root / "catalog.npz"
    catalog.write_bytes(EMPTY.updated(planted.items()).to_bytes())
    return root / "events", catalog


@pytest.fixture(scope="session")
def trained(planted_log: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One real model; trained once, since its export alone takes seconds."""
    events, catalog = planted_log
    folder = tmp_path_factory.mktemp("artifact")
    card = train(Run(events, folder, planted.CONFIG, Vocabulary(), catalog))
    return Trained(folder, card, events, catalog)


@pytest.fixture(scope="module")
def running_cloud() -> Iterator[Cloud]:
    """One local cloud for all tests of a file; nothing moves by itself."""
    with Cloud(None, live=False) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Cloud:
    """The cloud, emptied."""
    running_cloud.reset()
    return running_cloud
