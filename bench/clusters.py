"""A search in clusters beside one read of the whole table, and what it finds of the exact best.

python -m bench.clusters [items]

The table is made up: neighbourhoods of 200 items, these in looser ones. A user lies 0.8 beside an
item of length 1, in any direction. Of a real catalogue recall is measured at every training, and
stands in the model's card.
"""

import sys
import time
from itertools import cycle
from pathlib import Path

import numpy as np

from bench.clock import interleave, report
from domain.artifact import CLUSTERS, TABLE, Search
from domain.blend import HIDDEN, Bias
from domain.clusters import Clusters, ClusterSearch
from domain.row import Floats
from domain.table import ZERO_POINT, Table
from model.clusters import clustered, n_clusters
from model.probing import MAX_ASKERS, Asker, search_of

WIDTH = 64
NEIGHBOURS = 200
CHUNK = 100_000
USERS = MAX_ASKERS  # as in a training: half of them tune the probes, half are measured with
VOTED = 300  # rows that the history votes for
TOP = 70  # ten, and sixty that were seen
ROUNDS = 200


def main() -> None:
    """p50 and p99 of one search, its recall, and the time of one read."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    table, clusters = opened(n_items)
    chance = np.random.default_rng(3)
    shared, asking = _popularity(n_items, len(table.values)), users(table, n_items)
    found = probed(table, clusters, n_items, asking)
    search, next_user = ClusterSearch(table, clusters, found.probes), cycle(asking)
    voted = np.sort(chance.choice(np.arange(1, n_items + 1), VOTED, replace=False))
    bias = Bias(shared, voted, np.ones(VOTED, np.float32))
    measured = interleave({
        "read_table": lambda: table.values.max(),
        "search": lambda: search.score(next(next_user), bias, TOP),
    }, ROUNDS)
    report({
        "items": n_items, "clusters": found.clusters, "probes": found.probes,
        "recall": found.recall,
        "ms": {name: {k: round(v, 3) for k, v in ms.items()} for name, ms in measured.items()},
        "search_over_read": round(measured["search"]["p50_ms"]
                                  / measured["read_table"]["p50_ms"], 3),
    })


def users(table: Table, n_items: int) -> list[Floats]:
    """Vectors of some who ask."""
    chance = np.random.default_rng(3)
    return [_user(table, n_items, chance) for _ in range(USERS)]


def probed(table: Table, clusters: Clusters, n_items: int, asking: list[Floats]) -> Search:
    """How many clusters these must read."""
    return search_of(table, clusters, _popularity(n_items, len(table.values)),
                     [Asker(user, np.zeros(0, np.int64)) for user in asking])


def opened(n_items: int) -> tuple[Table, Clusters]:
    """The made-up table in the order of its clusters, in memory; made once."""
    folder, rows = Path(f".build/bench/clustered-{n_items}"), _rows(n_items)
    if not (folder / CLUSTERS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        began_s = time.process_time()
        table, clusters = _made(n_items)
        print(f"made in {time.process_time() - began_s:.0f} CPU seconds", file=sys.stderr)
        with (folder / TABLE).open("wb") as file:
            table.values.tofile(file)
            table.scales.tofile(file)
        (folder / CLUSTERS).write_bytes(clusters.to_bytes())
    with (folder / TABLE).open("rb") as file:
        values = np.fromfile(file, np.uint8, rows * WIDTH).reshape(rows, WIDTH)
        table = Table(values, np.fromfile(file, np.float32))
    return table, Clusters.from_bytes((folder / CLUSTERS).read_bytes(), table)


def _rows(n_items: int) -> int:
    return -(-(n_items + 1) // 64) * 64


def _made(n_items: int) -> tuple[Table, Clusters]:
    chance = np.random.default_rng(0)
    n_centres = n_items // NEIGHBOURS
    centres = _unit(chance.normal(size=(n_centres, WIDTH)))
    wide = chance.normal(size=(int(n_centres**0.5), WIDTH)).astype(np.float32) / WIDTH**0.5
    centres = _unit(centres + wide[chance.integers(0, len(wide), n_centres)])
    values = np.full((_rows(n_items), WIDTH), ZERO_POINT, np.uint8)
    scales = np.zeros(len(values), np.float32)
    for start in range(1, n_items + 1, CHUNK):
        span = slice(start, min(n_items + 1, start + CHUNK))
        n = span.stop - span.start
        noise = chance.normal(size=(n, WIDTH)).astype(np.float32) * 0.6 / WIDTH**0.5
        vectors = _unit(centres[chance.integers(0, n_centres, n)] + noise)
        scales[span] = np.abs(vectors).max(axis=1) / 127
        values[span] = np.rint(vectors / scales[span, None]) + ZERO_POINT
    order, clusters = clustered(Table(values, scales), n_items, n_clusters(n_items), seed=7)
    rows = np.concatenate([[0], order, np.arange(n_items + 1, len(values))])
    return Table(values[rows], scales[rows]), clusters


def _popularity(n_items: int, rows: int) -> Floats:
    """A bias of 0 to 1, as of a blend in which popularity weighs 1 and the encoder 20."""
    chance = np.random.default_rng(4)
    levels = np.log1p(chance.pareto(1.2, rows).astype(np.float32))
    shared = levels / levels.max()
    shared[0] = shared[n_items + 1:] = HIDDEN
    return np.asarray(shared, np.float32)


def _user(table: Table, n_items: int, chance: np.random.Generator) -> Floats:
    beside = _unit(chance.normal(size=(1, WIDTH)))
    item = table.vectors(chance.integers(1, n_items + 1, 1))
    return np.asarray(20 * _unit(item + 0.8 * beside)[0], np.float32)


def _unit(vectors: np.ndarray) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
