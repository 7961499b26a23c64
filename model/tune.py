"""Validation cases -> the weights of the blend: every combination of a small grid is tried."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from domain.artifact import Blend
from domain.graph import MAX_VOTERS, Graph
from domain.row import Floats, RowIndex, Rows
from model.answers import targets_of
from model.evaluate import CHUNK_CELLS, K, Scorer, covisitation, hide_seen
from model.split import Case, sample

# The encoder's cosine at the temperature it was trained with is worth ±20; the others lie in 0..1.
ENCODER = (0.0, 20.0)
GRAPH = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
POPULARITY = (0.0, 0.5, 1.0, 2.0, 4.0)
DECAY = (0.7, 0.85, 0.95)
BACKWARD = (0.0, 0.5)  # of the graph: what steps from b to a say of a -> b
ALONE = (0.0, GRAPH[1], 0.0)  # what the graph does without the others
MAX_CASES = 2000
MAX_CELLS = 400_000_000  # cases times rows: at a million rows 400 cases, and minutes


Weights = tuple[float, float, float]  # of encoder, graph and popularity


class Tuned(NamedTuple):
    """The blend with the best ndcg@10, and that score; of equal ones the first of the grid.

    backward:    of the graph in the blend.
    graph_alone: backward and decay at which the graph does best alone: a baseline deserves to be
                 tuned as well.
    """

    blend: Blend
    score: float
    backward: float
    graph_alone: tuple[float, float]


def tune(
    cases: Sequence[Case], encoder: Scorer, graphs: Mapping[float, Graph], counts: Scorer,
    index: RowIndex, seed: int, voters: int = MAX_VOTERS, only: Weights | None = None,
) -> Tuned:
    """Try every blend of the grid on these cases, or on a sample of them.

    graphs: backward -> the graph.   only: the weights of the grid that are settled already.
    """
    n_rows = len(index) + 1
    chosen = sample(list(cases), max(1, min(MAX_CASES, MAX_CELLS // n_rows)), seed)
    grid = [weights for weights in product(ENCODER, GRAPH, POPULARITY)
            if only in (None, weights) or weights == ALONE]
    gains: dict[tuple[float, Blend], float] = defaultdict(float)
    step = max(1, CHUNK_CELLS // n_rows)
    for start in tqdm(range(0, len(chosen), step), desc="tuning the blend", disable=None):
        chunk = chosen[start:start + step]
        cosines, popular = encoder(chunk), counts(chunk)
        for backward, graph in graphs.items():
            for blend, found in _tried(chunk, cosines, graph, popular, index, voters, grid):
                gains[backward, blend] += found * len(chunk) / len(chosen)
    allowed = [tried for tried in gains if only in (None, weights_of(tried[1]))]
    backward, best = max(allowed, key=lambda tried: gains[tried])
    alone = max(product(graphs, DECAY), key=lambda of: gains[of[0], Blend(*ALONE, of[1])])
    return Tuned(best, gains[backward, best], backward, alone)


def weights_of(blend: Blend) -> Weights:
    """What parts of a score are worth."""
    return blend.encoder, blend.graph, blend.popularity


def _tried(
    cases: Sequence[Case], cosines: Floats, graph: Graph, popular: Floats, index: RowIndex,
    voters: int, grid: Sequence[Weights],
) -> Iterator[tuple[Blend, float]]:
    """Every blend of the grid with its ndcg@10 over these cases."""
    targets = index.rows(targets_of(cases))
    hidden = hide_seen(np.zeros_like(cosines), cases, index)
    for decay in DECAY:
        voted = covisitation(graph, decay, index, voters)(cases)
        for (e, g), alike in groupby(grid, key=itemgetter(0, 1)):
            mixed = np.float32(e) * cosines + np.float32(g) * voted + hidden
            for _, _, p in alike:
                yield Blend(e, g, p, decay), ndcg(mixed + np.float32(p) * popular, targets)


def ndcg(scores: Floats, targets: Rows) -> float:
    """Mean ndcg@10 of one target per row; of equal scores the target comes last."""
    rows = np.arange(len(targets))
    own = scores[rows, targets][:, None]
    place = np.count_nonzero(scores >= own, axis=1) - 1
    gains = np.where((place < K) & np.isfinite(own[:, 0]), 1 / np.log2(place + 2), 0.0)
    return float(gains.mean()) if len(gains) else 0.0
