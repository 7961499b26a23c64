"""Trained parts -> a sealed artifact folder, and its card with metrics on the held-out slice."""

import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from domain import arrays
from domain.artifact import CARD, CLUSTERS, CONTENT, GRAPH, ITEMS, ModelCard, write_manifest
from domain.clusters import Clusters
from domain.content import Content
from domain.graph import Graph
from domain.ids import Ids
from domain.items import POPULARITY_HALF_LIFE, Items
from domain.row import Floats, RowIndex, Rows
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.covisitation import build
from model.dataset import Dataset
from model.histories import Block, Histories, strengths_of
from model.neighbours import NEIGHBOURS
from model.ties import turned


def graph_of(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary, config: TrainConfig,
    backward: float, family: str = "",
) -> Graph:
    """The graph of what was liked in these histories, over one catalogue.

    family: whose graph; of one that has none of its own, it is co-visitation.
    """
    if family in NEIGHBOURS:
        return NEIGHBOURS[family](liked_rows(histories, index, vocabulary), len(index) + 1,
                                  config.graph_neighbours)
    return build(_both_ways(histories, index, vocabulary), len(index) + 1, config.graph_reach,
                 config.graph_neighbours, backward)


def liked_rows(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary
) -> Iterator[Rows]:
    """The rows of what each history liked, in its order."""
    for block in histories.blocks():
        yield from _likes(block, np.arange(len(block.owner)), index, vocabulary)


def _both_ways(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary
) -> Iterator[Rows]:
    """The same, each history as it is and turned."""
    for block in histories.blocks():
        ways = (np.arange(len(block.owner)), turned(block))
        for both in zip(*(_likes(block, way, index, vocabulary) for way in ways), strict=True):
            yield from both


def _likes(
    block: Block, order: Rows, index: RowIndex, vocabulary: Vocabulary
) -> list[Rows]:
    """The rows of what each of a block's users liked, its events in an order."""
    order = order[np.isin(block.columns.type[order], sorted(vocabulary.liking))]
    users = np.append(np.unique(block.owner), block.owner[-1] + 1)
    return np.split(index.rows(block.columns.item[order]),
                    np.searchsorted(block.owner[order], users[1:-1]))


def counts_of(
    histories: Histories, index: RowIndex, vocabulary: Vocabulary, now_ms: int
) -> Floats:
    """(N,) float32 decayed strength of every row, as the trends count it."""
    counts = np.zeros(len(index) + 1, np.float64)
    for block in histories.blocks():
        kinds, place = np.unique(block.columns.kinds(), return_inverse=True)
        ages_ms = now_ms - block.columns.at_ms
        decays = 2.0 ** (-ages_ms / HALF_LIVES_MS[POPULARITY_HALF_LIFE])
        np.add.at(counts, index.rows(block.columns.item),
                  strengths_of(kinds, vocabulary)[place] * decays)
    counts[0] = 0.0
    return counts.astype(np.float32)


def widen(graph: Graph, counts: Floats, rows: int) -> tuple[Graph, Floats]:
    """Both over the rows of a table, whose last block reaches beyond the catalogue."""
    beyond = rows - len(counts)
    return (graph._replace(indptr=np.pad(graph.indptr, (0, beyond), mode="edge")),
            np.pad(counts, (0, beyond)))


def write_arrays(
    folder: Path, dataset: Dataset, index: RowIndex, graph: Graph, counts: Floats,
    content: Content,
) -> None:
    """Write the graph and the items, both as wide as the table, and what labels say."""
    (folder / CONTENT).write_bytes(content.to_bytes())
    (folder / GRAPH).write_bytes(arrays.save({}, graph._asdict()))
    ids = Ids.of(dataset.names[int(key)] for key in index.keys)
    (folder / ITEMS).write_bytes(Items(index, counts, dataset.histories.until_ms, ids).to_bytes())


def write_clusters(folder: Path, clusters: Clusters | None) -> None:
    """Write the clusters, or take away those of an earlier run."""
    if clusters:
        (folder / CLUSTERS).write_bytes(clusters.to_bytes())
    else:
        (folder / CLUSTERS).unlink(missing_ok=True)


def seal(folder: Path, card: ModelCard) -> str:
    """Write the card and the manifest; answers with the version."""
    (folder / CARD).write_text(card.to_json())
    return write_manifest(folder)


def now_text() -> str:
    """The time, as a card states it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def git_revision() -> str:
    """The commit this code is of, or `unknown` where there is no repository."""
    try:
        found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True,
                               text=True, cwd=Path(__file__).parent, check=False)
    except FileNotFoundError:  # a training image need not hold git
        return "unknown"
    return found.stdout.strip() or "unknown"


def describe(metrics: Mapping[str, Mapping[str, float]]) -> str:
    """Metrics as a table for a person."""
    names = ("ndcg@10", "hr@10", "mrr@10", "coverage", "gini")
    lines = [f"{'':14}" + "".join(f"{name:>10}" for name in names)]
    for who, values in metrics.items():
        lines.append(f"{who:14}" + "".join(f"{values[name]:10.4f}" for name in names))
    return "\n".join(lines)
