"""Validation cases -> the weights of the blend: every combination of a small grid is tried."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from tqdm import tqdm

from domain.artifact import Blend
from domain.graph import MAX_VOTERS, Graph
from domain.row import Floats, RowIndex
from model.evaluate import CHUNK_CELLS, K, Scorer, covisitation, hide_seen
from model.split import Case, sample

# The encoder's cosine at the temperature it was trained with is worth ±20; the others lie in 0..1.
ENCODER = (0.0, 20.0)
GRAPH = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
POPULARITY = (0.0, 0.5, 1.0, 2.0, 4.0)
DECAY = (0.7, 0.85, 0.95)
MAX_CASES = 2000


def tune(
    cases: Sequence[Case], encoder: Scorer, graph: Graph, counts: Scorer, index: RowIndex,
    seed: int, voters: int = MAX_VOTERS,
) -> tuple[Blend, float]:
    """The blend with the best ndcg@10, and that score."""
    chosen = sample(list(cases), max(1, min(MAX_CASES, CHUNK_CELLS // (len(index) + 1))), seed)
    targets = index.rows(np.fromiter((c.target.item for c in chosen), np.uint64, len(chosen)))
    cosines, popular = encoder(chosen), counts(chosen)
    tried: list[tuple[float, Blend]] = []
    for decay in tqdm(DECAY, desc="tuning the blend", unit="decay", disable=None):
        voted = covisitation(graph, decay, index, voters)(chosen)
        for e, g, p in product(ENCODER, GRAPH, POPULARITY):
            blend = Blend(e, g, p, decay)
            scores = np.float32(e) * cosines + np.float32(g) * voted + np.float32(p) * popular
            tried.append((ndcg(hide_seen(scores, chosen, index), targets), blend))
    best, blend = max(tried, key=lambda entry: entry[0])
    return blend, best


def ndcg(scores: Floats, targets: np.ndarray) -> float:
    """Mean ndcg@10 of one target per row; of equal scores the target comes last."""
    rows = np.arange(len(targets))
    own = scores[rows, targets][:, None]
    place = (scores >= own).sum(axis=1) - 1
    gains = np.where((place < K) & np.isfinite(own[:, 0]), 1 / np.log2(place + 2), 0.0)
    return float(gains.mean()) if len(gains) else 0.0
