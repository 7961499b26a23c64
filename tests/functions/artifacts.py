"""Models of which a part was changed after training, and what the promoter says of them."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from domain import arrays
from domain.artifact import (
    CARD,
    CLUSTERS,
    GRAPH,
    ITEMS,
    MANIFEST,
    TABLE,
    ModelCard,
    verify,
    write_manifest,
)
from domain.graph import Graph
from domain.ids import Ids
from domain.items import Items
from domain.table import Table
from functions.registry import entry_of
from functions.scorer import Scorer
from functions.shelf import Shelf, model_key
from model.clusters import arrange
from model.config import TrainConfig
from model.probing import every
from tests.conftest import Trained
from tests.functions.stage import Stage


def variant(source: Path, to: Path, files: dict[str, bytes] | None = None, **card: Any) -> str:
    """A copy with other files and another card, sealed anew; answers with its version."""
    shutil.copytree(source, to)
    for name, data in (files or {}).items():
        (to / name).write_bytes(data)
    if card:
        written = ModelCard.from_json((to / CARD).read_text())
        (to / CARD).write_text(written._replace(**card).to_json())
    write_manifest(to)
    return verify(to)


def in_clusters(source: Path, to: Path) -> str:
    """The same model with its table in the order of clusters, as of a catalogue too large to be
    scored whole; answers with its version."""
    shutil.copytree(source, to)
    card = ModelCard.from_json((to / CARD).read_text())
    items = Items.at(to / ITEMS)
    _, edges = arrays.load((to / GRAPH).read_bytes())
    raw = (to / TABLE).read_bytes()
    before = Table(np.frombuffer(raw, np.uint8, card.rows * card.width).reshape(card.rows, -1),
                   np.frombuffer(raw, np.float32, offset=card.rows * card.width))
    made = arrange(before, items.index, TrainConfig(exact_items=0))
    assert made.clusters is not None
    old = np.concatenate([[0], items.index.rows(made.index.keys),
                          np.arange(len(items.index) + 1, card.rows)])
    graph = Graph(edges["indptr"], edges["neighbours"], edges["weights"])
    spans = [graph.edges(row) for row in old]
    new = np.argsort(old).astype(np.int32)
    (to / TABLE).write_bytes(made.table.values.tobytes() + made.table.scales.tobytes())
    (to / CLUSTERS).write_bytes(made.clusters.to_bytes())
    (to / ITEMS).write_bytes(Items(made.index, items.counts[old], items.counts_ms, Ids.of(
        items.ids[row - 1] for row in old[1:len(items.index) + 1])).to_bytes())
    (to / GRAPH).write_bytes(arrays.save({}, {
        "indptr": np.cumsum([0, *(len(rows) for rows, _ in spans)]),
        "neighbours": np.concatenate([new[rows] for rows, _ in spans]),
        "weights": np.concatenate([weights for _, weights in spans])}))
    (to / CARD).write_text(card._replace(search=every(made.clusters)).to_json())
    write_manifest(to)
    return verify(to)


def flipped(data: bytes, at: int) -> bytes:
    """The same bytes but for one bit."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def now_ms() -> int:
    """By the clock that the promoter reads."""
    return time.time_ns() // 1_000_000


def listed(stage: Stage) -> Any:
    """What GET /models answers."""
    return stage.call("GET", "/models").body


def refused(stage: Stage, files: dict[str, bytes] | bytes, name: str = "second") -> str:
    """The reason for which a job's archive was refused; nothing else may have changed."""
    before, keys = stage.registry().current(), stage.keys("models/")
    answer = stage.end_job(name, files, created_ms=now_ms())
    assert answer["promoted"] is None
    assert stage.registry().current() == before
    assert stage.keys("models/") == keys
    [told] = [m for m in listed(stage)["models"] if m["job"] == name]
    assert told["refusals"] == answer["refusals"] != []
    return str(answer["refusals"][0])


def promote(stage: Stage, folder: Path, version: str, trained: Trained, at_ms: int) -> None:
    """As the promoter does, without judging."""
    stage.shelf().put_model(folder, version)
    stage.registry().record(entry_of(version, trained.card, f"job-{version}", [], at_ms))
    assert stage.registry().point(version, at_ms)


def manifest_alone(shelf: Shelf, version: str) -> None:
    """What is asked for of a model that is only pointed at: its manifest, signed."""
    shelf.put(model_key(version, MANIFEST), version.encode())
    shelf.sign_model(version, version.encode())


def version_of(found: Scorer, now_ms: int) -> str | None:
    """Of what a scorer serves with."""
    loaded = found.current(now_ms)
    return loaded.version if loaded else None


def left_on_disk() -> list[Path]:
    """Folders of models in the temporary one."""
    return list(Path(tempfile.gettempdir()).glob("model-*"))
