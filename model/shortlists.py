"""Cases -> the first stage's best candidates for each, and what the second stage reads of them.

Everything is as it was at the case's moment: the history is older, counts are of older events, and
graph and encoder are of a training that ended before.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from domain.artifact import Blend
from domain.asker import Asker
from domain.best import best_places
from domain.blend import popularity_part
from domain.candidates import FirstStage, features
from domain.graph import Graph
from domain.row import PADDING, Floats, RowIndex, Rows
from domain.shortlist import POPULARITY, size
from domain.window import encode
from model.dataset import Dataset
from model.evaluate import CHUNK_CELLS
from model.histories import Histories
from model.moments import Tally
from model.split import Case


class Stage(NamedTuple):
    """A first stage. users: cases -> (C, D).   items: (rows, D).   length: of the window."""

    users: Callable[[Sequence[Case]], Floats]
    items: Floats
    graph: Graph
    blend: Blend
    length: int


class Shortlist(NamedTuple):
    """One case's candidates, best of the first stage first.

    user: (D,).   rows: (C,).   scores: (C,) of the first stage.   features: (C, F).
    """

    user: Floats
    rows: Rows
    scores: Floats
    features: Floats


class Shortlister:
    """Makes the shortlists of one dataset's cases."""

    def __init__(self, dataset: Dataset, index: RowIndex, stage: Stage) -> None:
        self._dataset, self._index, self._stage = dataset, index, stage

    @property
    def items(self) -> Tensor:
        """(rows, D) the vectors of all items."""
        return torch.from_numpy(self._stage.items)

    def __call__(self, cases: Sequence[Case], known: Histories) -> Iterator[Shortlist]:
        """In the order of the cases, which is that of time.

        known: whose events count as of each case; what is not older than a case does not.
        """
        tally = Tally(known, self._index, self._dataset.vocabulary)
        step = max(1, CHUNK_CELLS // (len(self._index) + 1))
        for start in tqdm(range(0, len(cases), step), desc="shortlists", disable=None):
            chunk = cases[start:start + step]
            users = self._stage.users(chunk)
            tastes = users @ self._stage.items.T
            for case, user, taste in zip(chunk, users, tastes, strict=True):
                yield self._one(case, user, taste, tally)

    def _one(self, case: Case, user: Floats, tastes: Floats, tally: Tally) -> Shortlist:
        stage, at_ms, words = self._stage, case.target.at_ms, self._dataset.vocabulary
        window = encode(case.history, self._index, words, at_ms, stage.length)
        votes = stage.graph.vote(window.rows, stage.blend.decay)
        counts = tally.at(at_ms, slice(None))[:, POPULARITY]
        popular = np.float32(stage.blend.popularity) * popularity_part(counts)
        scores = np.float32(stage.blend.encoder) * tastes + popular
        voted, shares = votes.shares()
        scores[voted] += np.float32(stage.blend.graph) * shares
        scores[PADDING] = -np.inf
        rows = best_places(scores, min(size(window), len(self._index)))
        first = FirstStage.of(stage.blend, user, stage.items[window.rows], votes, popular[rows],
                              rows, stage.items[rows])
        told = features(Asker(case.history, words, at_ms), stage.length, self._index.keys[rows - 1],
                        first, tally.at(at_ms, rows), self._dataset.catalog)
        return Shortlist(user, rows, scores[rows], told)
