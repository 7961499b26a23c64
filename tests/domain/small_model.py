"""A small artifact in a folder, and the two graphs of any artifact in plain numpy."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain import arrays
from domain.artifact import (
    BIAS,
    CARD,
    CONTENT,
    ENCODER,
    GRAPH,
    ITEMS,
    RANKER,
    SCORER,
    TABLE,
    TABLE_BLOCK,
    Blend,
    ModelCard,
)
from domain.candidates import SCORE
from domain.content import Content
from domain.ids import Ids
from domain.items import Items
from domain.key import item_key, label_key
from domain.ranker import NEXT, OUTCOME
from domain.recommender import Recommender
from domain.row import RowIndex
from domain.table import ZERO_POINT
from domain.vocabulary import VALUE
from tests.domain.strategies import NOW_MS

N = 10  # items
WIDTH = 4
ROWS = TABLE_BLOCK
IDS = tuple(f"i{row}" for row in range(1, N + 1))
KEYS = [item_key(item_id) for item_id in IDS]
FOLLOWERS = {1: {2: 0.6, 3: 0.4}, 2: {3: 1.0}, 9: {10: 0.5}}  # row -> row -> share
COUNTS = np.array([0, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0.5], np.float32)  # of rows 0 to N
WINDOW = 12
LABELS = {"north": [1, 0, 0, 0], "south": [-1, 0, 0, 0], "east": [0, 2, 0, 0]}  # tags it learned
BLEND = Blend(encoder=2.0, graph=1.0, popularity=0.5, decay=0.5)


def vectors() -> NDArray[np.float32]:
    """(ROWS, WIDTH) of length 1; zero for padding and beyond the catalogue."""
    made = np.zeros((ROWS, WIDTH), np.float32)
    made[1:N + 1] = np.random.default_rng(1).normal(size=(N, WIDTH))
    made[1:N + 1] /= np.linalg.norm(made[1:N + 1], axis=1, keepdims=True)
    return made


def write(folder: Path) -> Path:
    """The files of the artifact; its graphs are empty, since `PlainRuntime` stands for them."""
    card = ModelCard("2026-01-01T00:00:00+00:00", {}, BLEND, ROWS, WIDTH, WINDOW, NOW_MS, 100, 10,
                     metrics={})
    scales = np.full(ROWS, 1 / 127, np.float32)
    table = np.rint(vectors() * 127 + ZERO_POINT).astype(np.uint8)
    edges = [FOLLOWERS.get(row, {}) for row in range(ROWS)]
    graph = arrays.save({}, {
        "indptr": np.cumsum([0, *map(len, edges)]).astype(np.int64),
        "neighbours": np.array([row for found in edges for row in found], np.int32),
        "weights": np.array([share for found in edges for share in found.values()], np.float32),
    })
    counts = np.pad(COUNTS, (0, ROWS - len(COUNTS)))
    items = Items(RowIndex(np.array(KEYS, np.uint64)), counts, NOW_MS, Ids.of(IDS))
    (folder / CARD).write_text(card.to_json())
    (folder / TABLE).write_bytes(table.tobytes() + scales.tobytes())
    (folder / GRAPH).write_bytes(graph)
    (folder / ITEMS).write_bytes(items.to_bytes())
    (folder / CONTENT).write_bytes(content().to_bytes())
    for name in (ENCODER, SCORER):
        (folder / name).write_bytes(b"")
    return folder


def content() -> Content:
    """What the model makes of tags; nothing in the catalogue is older than it."""
    hashes = np.array([label_key("tags", tag) for tag in LABELS], np.uint64)
    order = np.argsort(hashes)
    return Content(hashes[order], np.array([*LABELS.values()], np.float32)[order], 0)


def opened(folder: Path) -> Recommender:
    """The small artifact, open for ranking."""
    return Recommender(write(folder), PlainRuntime)


def opened_with_ranker(folder: Path) -> Recommender:
    """The same with a second stage, which turns the order around."""
    (write(folder) / RANKER).write_bytes(b"")
    return Recommender(folder, PlainRuntime)


class PlainRuntime:
    """What `domain.runtime` uses of the onnxruntime module."""

    class GraphOptimizationLevel:
        """Levels say nothing of what graphs answer."""

        ORT_DISABLE_ALL = 0

    class SessionOptions:
        """Takes any option."""

        def add_session_config_entry(self, key: str, value: str) -> None:
            """Options change nothing here."""

    class InferenceSession:
        """One graph, told by the name of its file."""

        def __init__(self, path: Path, options: Any, providers: list[str]) -> None:
            card = json.loads((path.parent / CARD).read_text())
            rows, width = card["rows"], card["width"]
            raw = (path.parent / TABLE).read_bytes()
            values = np.frombuffer(raw[:rows * width], np.uint8).reshape(rows, width)
            scales = np.frombuffer(raw[rows * width:], np.float32)
            self._items = (values.astype(np.float32) - ZERO_POINT) * scales[:, None]
            self._name = path.name

        def run(self, names: None, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
            """The outputs of the graph."""
            graphs = {ENCODER: self._users, SCORER: self._best, RANKER: self._judged}
            return graphs[self._name](**feeds)

        def get_inputs(self) -> list[SimpleNamespace]:
            """Of the scorer: a bias for the whole table."""
            rows, width = self._items.shape
            return [SimpleNamespace(name="user", shape=[1, width]),
                    SimpleNamespace(name=BIAS, shape=[rows])]

        def get_outputs(self) -> list[SimpleNamespace]:
            """Of the second stage: what it tells."""
            return [SimpleNamespace(name=name) for name in
                    (NEXT, f"{OUTCOME}click", f"{OUTCOME}rate{VALUE}")]

        def _judged(
            self, features: NDArray[Any], user: NDArray[Any], items: NDArray[Any]
        ) -> list[NDArray[Any]]:
            """Next is what scored least; clicked is what is near; well rated what is not."""
            near = (1 + items @ user[0]) / 2
            return [-features[:, SCORE], near, 1 - near]

        def _users(
            self, rows: NDArray[Any], ages_s: NDArray[Any], types: NDArray[Any]
        ) -> list[NDArray[Any]]:
            """A user is near the newest item, half as near the one before, and so on."""
            weights = 0.5 ** np.arange(rows.shape[1])[::-1, None]
            users = (self._items[rows] * weights).sum(axis=1)
            return [users / np.linalg.norm(users, axis=1, keepdims=True)]

        def _best(
            self, user: NDArray[Any], bias: NDArray[Any], k: NDArray[Any]
        ) -> list[NDArray[Any]]:
            scores = (self._items @ user[0] + bias).astype(np.float32)
            best = np.argsort(-scores, kind="stable")[:int(k[0])]
            return [scores[best], best]
