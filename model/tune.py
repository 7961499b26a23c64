"""Validation cases -> the weights of the blend: every combination of a small grid is tried."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product
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
MAX_CASES = 2000  # of the heats
MAX_CELLS = 400_000_000  # cases times rows: at a million rows 400 cases, and minutes
FINALISTS = 12  # who are near each other in the heats; asked more cases they come apart
FINAL = 8  # times the cases


Weights = tuple[float, float, float]  # of encoder, graph and popularity


class Tried(NamedTuple):
    """A blend, and the graph in it."""

    backward: float
    blend: Blend


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
    """Try every blend of the grid on a sample of these cases, and the best of them on more.

    graphs: backward -> the graph.   only: the weights of the grid that are settled already.
    """
    measured = Measured(encoder, graphs, counts, index, voters)
    heats = max(1, min(MAX_CASES, MAX_CELLS // (len(index) + 1)))
    grid = [Tried(backward, Blend(*weights, decay))
            for backward, decay in product(graphs, DECAY)
            for weights in product(ENCODER, GRAPH, POPULARITY)
            if only in (None, weights) or weights == ALONE]
    gains = measured.gains(sample(list(cases), heats, seed), grid)
    if len(cases) > heats:
        best = sorted(_allowed(grid, only), key=gains.__getitem__, reverse=True)[:FINALISTS]
        grid = [tried for tried in grid if tried in best or weights_of(tried.blend) == ALONE]
        gains = measured.gains(sample(list(cases), heats * FINAL, seed), grid)
    won = max(_allowed(grid, only), key=gains.__getitem__)
    alone = max((tried for tried in grid if weights_of(tried.blend) == ALONE),
                key=gains.__getitem__)
    return Tuned(won.blend, gains[won], won.backward, (alone.backward, alone.blend.decay))


def _allowed(grid: Sequence[Tried], only: Weights | None) -> list[Tried]:
    return [tried for tried in grid if only in (None, weights_of(tried.blend))]


def weights_of(blend: Blend) -> Weights:
    """What parts of a score are worth."""
    return blend.encoder, blend.graph, blend.popularity


class Measured(NamedTuple):
    """What blends are made of, and how good they are."""

    encoder: Scorer
    graphs: Mapping[float, Graph]
    counts: Scorer
    catalogue: RowIndex
    voters: int

    def gains(self, cases: Sequence[Case], grid: Sequence[Tried]) -> dict[Tried, float]:
        """Mean ndcg@10 of each, over these cases."""
        found = dict.fromkeys(grid, 0.0)
        step = max(1, CHUNK_CELLS // (len(self.catalogue) + 1))
        for start in tqdm(range(0, len(cases), step), desc="tuning the blend", disable=None):
            chunk = cases[start:start + step]
            for tried, gain in self._of(chunk, grid):
                found[tried] += gain * len(chunk) / len(cases)
        return found

    def _of(self, cases: Sequence[Case], grid: Sequence[Tried]) -> Iterator[tuple[Tried, float]]:
        targets = self.catalogue.rows(targets_of(cases))
        cosines, popular = self.encoder(cases), self.counts(cases)
        hidden = hide_seen(np.zeros_like(cosines), cases, self.catalogue)
        for (backward, decay), voting in groupby(grid, lambda t: (t.backward, t.blend.decay)):
            voted = covisitation(self.graphs[backward], decay, self.catalogue, self.voters)(cases)
            for (e, g), alike in groupby(voting, lambda t: (t.blend.encoder, t.blend.graph)):
                mixed = np.float32(e) * cosines + np.float32(g) * voted + hidden
                for tried in alike:
                    yield tried, ndcg(mixed + np.float32(tried.blend.popularity) * popular, targets)


def ndcg(scores: Floats, targets: Rows) -> float:
    """Mean ndcg@10 of one target per row; of equal scores the target comes last."""
    rows = np.arange(len(targets))
    own = scores[rows, targets][:, None]
    place = np.count_nonzero(scores >= own, axis=1) - 1
    gains = np.where((place < K) & np.isfinite(own[:, 0]), 1 / np.log2(place + 2), 0.0)
    return float(gains.mean()) if len(gains) else 0.0
