"""A loaded artifact that ranks: window -> encoder + graph + popularity -> the best rows.

The Lambda serves with this class and the trainer's evaluation ranks with it, so the numbers in a
model card are of the very code that answers.
"""

from collections.abc import Generator, Iterator, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain import arrays, blend
from domain.artifact import CARD, CONTENT, GRAPH, ITEMS, RANKER, TABLE, ModelCard
from domain.best import best_places
from domain.blend import Base
from domain.content import Content
from domain.features import Interaction
from domain.graph import Graph, Votes
from domain.items import POPULARITY_HALF_LIFE, Items
from domain.newcomers import Newcomers
from domain.places import find, spliced
from domain.ranker import Ranker
from domain.row import Floats, Keys, Rows, directions
from domain.runtime import Runtime
from domain.trends import Trends
from domain.vocabulary import Vocabulary
from domain.window import Window, encode

INFLUENTIAL = 8  # newest events asked for their influence; 8 cost as much as the list itself


class Ranked(NamedTuple):
    """The best rows, best first: encoder + bias = score; votes say whence the graph's part.

    rows: of the table; of newcomers those after its last.   user: (D,) what was asked with.
    voted: the graph's part of the bias.
    """

    user: Floats
    rows: Rows
    scores: Floats
    bias: Floats
    voted: Floats
    votes: Votes


class Recommender:
    """One artifact, open for ranking."""

    def __init__(self, folder: Path, onnxruntime: Any) -> None:
        for _ in self._parts(folder, onnxruntime):
            pass

    @classmethod
    def opening(cls, folder: Path, onnxruntime: Any) -> Generator[int, None, Self]:
        """`Recommender(folder, onnxruntime)`, a part at a time; yields how many bytes it read."""
        made = cls.__new__(cls)
        yield from made._parts(folder, onnxruntime)
        return made

    def _parts(self, folder: Path, onnxruntime: Any) -> Iterator[int]:
        self.card = ModelCard.from_json((folder / CARD).read_text())
        search = self.card.search
        # First, while nothing else is held: sessions read the table and pack it into another.
        self.runtime = Runtime(folder, onnxruntime, self.card.rows, self.card.width,
                               search.probes if search else None)
        yield (folder / TABLE).stat().st_size
        self.items = Items.at(folder / ITEMS)
        self.index = self.items.index
        yield (folder / ITEMS).stat().st_size
        _, parts = arrays.mapped(folder / GRAPH)
        self.graph = Graph(parts["indptr"], parts["neighbours"], parts["weights"])
        self.content = (Content.from_bytes((folder / CONTENT).read_bytes())
                        if (folder / CONTENT).is_file() else None)  # of 0.1 has none
        self.ranker = (Ranker(folder / RANKER, onnxruntime)
                       if (folder / RANKER).is_file() else None)
        self.newcomers = Newcomers.none(self.card.width)

    @property
    def keys(self) -> Keys:
        """(N + n,) of every item that can be ranked: those of the table, then the newcomers."""
        if not len(self.newcomers.keys):
            return self.index.keys
        return np.concatenate([self.index.keys, self.newcomers.keys])

    def rows(self, keys: Keys) -> Rows:
        """The row of each key, 0 for one that cannot be ranked."""
        places, is_new = find(self.newcomers.keys, keys)
        return np.where(is_new, self.card.rows + places, self.index.rows(keys))

    def key(self, row: int) -> int:
        """The key of a row."""
        late = row - self.card.rows
        return int(self.newcomers.keys[late]) if late >= 0 else self.index.key(row)

    def item_vectors(self, rows: Rows) -> Floats:
        """(len(rows), D) float32."""
        late = rows >= self.card.rows
        if not late.any():
            return self.runtime.vectors(rows)
        return spliced(late, self.runtime.vectors(rows[~late]),
                       self.newcomers.vectors[rows[late] - self.card.rows])

    def among(self, known: Keys) -> tuple[Rows, NDArray[np.bool_]]:
        """(len(keys),) where each of `keys` stands in sorted ones, and whether it is there."""
        parts = self.index.among(known), find(known, self.newcomers.keys)
        places, is_there = (np.concatenate(column) for column in zip(*parts, strict=True))
        return places, is_there

    def beside(self, newcomers: Newcomers) -> "Recommender":
        """This model, ranking these as well."""
        wider = copy(self)
        wider.newcomers = newcomers
        return wider

    def as_of(self, graph: Graph, counts: Floats, counts_ms: int) -> "Recommender":
        """This model with what was counted until another moment, as evaluation needs it."""
        earlier = copy(self)
        earlier.graph = graph
        earlier.items = replace(self.items, counts=counts, counts_ms=counts_ms)
        return earlier

    def live(self, trends: Trends) -> Floats:
        """(len(keys),) what trends say now of everything that can be ranked."""
        known = self.index.spread(trends.keys, trends.strengths(POPULARITY_HALF_LIFE))
        if not len(self.newcomers.keys):
            return known
        return np.append(known, trends.counts_for(self.newcomers.keys, POPULARITY_HALF_LIFE))

    def base(self, live: Floats, now_ms: int, hidden: Rows) -> Base:
        """The bias all requests share, until trends or catalogue change.

        live: (len(keys),) decayed strength now, from the trends. hidden: rows not to be shown.
        Newcomers of whom neither labels nor anybody's events say something are hidden as well.
        """
        known = len(self.index)
        counts = np.append(self.items.counts, live[known:])
        counts[:self.card.rows] *= self.items.fading(now_ms)
        np.maximum(counts[1:known + 1], live[:known], out=counts[1:known + 1])
        outside = np.arange(known + 1, self.card.rows)  # fills the table's last block
        silent = ~self.newcomers.vectors.any(axis=1) & (live[known:] <= 0)
        unseen = np.concatenate([[0], outside, hidden, self.card.rows + np.flatnonzero(silent)])
        return Base.of(blend.base(self.card.blend, counts, unseen.astype(np.int64)), self.card.rows)

    def unmoved(self, now_ms: int | None = None) -> Base:
        """The base while nothing happens; at once, or at a later moment."""
        return self.base(np.zeros(len(self.keys), np.float32),
                         self.items.counts_ms if now_ms is None else now_ms, np.zeros(0, np.int64))

    def window(
        self, history: Sequence[Interaction], vocabulary: Vocabulary, now_ms: int
    ) -> Window:
        """What this model reads of a history; empty when it knows none of the items."""
        return encode(history, self.index, vocabulary, now_ms, self.card.window)

    def rank(self, window: Window, base: Base, k: int, live: Votes | None = None) -> Ranked:
        """The k best rows for a window that is not empty; `live` votes join the graph's."""
        votes = self.graph.vote(window.rows, self.card.blend.decay)
        return self._rank(self.runtime.encode([window])[0], base,
                          Votes.join([votes, live]) if live else votes, k)

    def rank_rows(
        self, window: Window, base: Base, rows: Rows, live: Votes | None = None
    ) -> Ranked:
        """All of these rows, best first, hidden ones as well; scored as `rank` does."""
        votes = self.graph.vote(window.rows, self.card.blend.decay)
        user = self.runtime.encode([window])[0]
        joined = Votes.join([votes, live]) if live else votes
        voted = blend.bias(self.card.blend, base, joined).voted(rows)
        bias = base.at(rows) + voted
        scores = self.item_vectors(rows) @ user * np.float32(self.card.blend.encoder) + bias
        order = np.argsort(-scores, kind="stable")
        return Ranked(user, rows[order], scores[order], bias[order], voted[order], joined)

    def similar(self, row: int, base: Base, k: int) -> Ranked:
        """The k best rows after one item: near its vector, and done next."""
        voters = np.array([row][:row < self.card.rows], np.int64)
        votes = self.graph.vote(voters, self.card.blend.decay)
        return self._rank(self.item_vectors(np.array([row]))[0], base, votes, k)

    def influence(self, window: Window, ranked: Ranked) -> Floats:
        """(A, K) float32: how much less the encoder would give each row without each event.

        Asked of the `INFLUENTIAL` newest events, newest first; a lone event is not taken away.
        """
        length = len(window.rows)
        if length < 2:
            return np.zeros((0, len(ranked.rows)), np.float32)
        taken = np.arange(length - 1, max(-1, length - 1 - INFLUENTIAL), -1)[:, None]  # (A, 1)
        left = np.arange(length - 1)
        left = left + (left >= taken)  # (A, T - 1) places
        change = ranked.user - self.runtime.encode_all(*(part[left] for part in window))  # (A, D)
        lost = change @ self.item_vectors(ranked.rows).T
        return np.asarray(lost * self.card.blend.encoder, np.float32)

    def vectors(self, keys: Keys) -> Floats:
        """(n, D) float32 of length 1, and 0 for items this model knows nothing of."""
        rows = self.rows(keys)
        return directions(self.item_vectors(rows) * (rows > 0)[:, None])

    def _rank(self, vector: Floats, base: Base, votes: Votes, k: int) -> Ranked:
        bias = blend.bias(self.card.blend, base, votes)
        user = vector * np.float32(self.card.blend.encoder)
        scores, rows = self.runtime.score(user, bias.table, min(k, len(self.index)))
        if len(self.newcomers.keys):
            late = self.newcomers.vectors @ user + bias.newcomers.whole()
            best = best_places(late, k)
            rows = np.concatenate([rows, best + self.card.rows])
            scores = np.concatenate([scores, late[best]])
            order = np.argsort(-scores, kind="stable")[:k]
            scores, rows = scores[order], rows[order]
        shown = scores > blend.HIDDEN / 2  # where too few may be shown, the hidden come as well
        rows, voted = rows[shown], bias.voted(rows[shown])
        return Ranked(vector, rows, scores[shown], base.at(rows) + voted, voted, votes)
