"""A loaded artifact that ranks: window -> encoder + graph + popularity -> the best rows.

The Lambda serves with this class and the trainer's evaluation ranks with it, so the numbers in a
model card are of the very code that answers.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from domain import arrays, blend
from domain.artifact import CARD, GRAPH, ITEMS, ModelCard
from domain.features import Interaction
from domain.graph import Graph, Votes
from domain.ids import PackedIds, pack
from domain.row import Floats, RowIndex, Rows
from domain.runtime import Runtime
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from domain.window import Window, encode

POPULARITY_HALF_LIFE = "7d"
INFLUENTIAL = 8  # newest events asked for their influence; 8 cost as much as the list itself


class Ranked(NamedTuple):
    """The best rows, best first: encoder + bias = score; votes say whence the graph's part.

    user: (D,) the vector that was asked with.
    """

    user: Floats
    rows: Rows
    scores: Floats
    bias: Floats
    votes: Votes


@dataclass(frozen=True, slots=True)
class Items:
    """The catalogue of one artifact, in row order.

    counts: (rows,) decayed strength per row as of counts_ms, at `POPULARITY_HALF_LIFE`.
    """

    index: RowIndex
    counts: Floats
    counts_ms: int
    ids: Sequence[str]

    def to_bytes(self) -> bytes:
        """As the artifact stores it."""
        raw, ends = pack(self.ids)
        return arrays.save({"counts_ms": self.counts_ms}, {
            "keys": self.index.keys, "counts": self.counts, "ends": ends, "ids": raw})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Items":
        """Read what `to_bytes` wrote."""
        header, parts = arrays.load(data)
        return cls(RowIndex(parts["keys"]), parts["counts"], header["counts_ms"],
                   PackedIds(parts["ids"].tobytes(), parts["ends"]))


class Recommender:
    """One artifact, open for ranking."""

    def __init__(self, folder: Path, onnxruntime: Any) -> None:
        self.card = ModelCard.from_json((folder / CARD).read_text())
        self.items = Items.from_bytes((folder / ITEMS).read_bytes())
        self.index = self.items.index
        _, parts = arrays.load((folder / GRAPH).read_bytes())
        self.graph = Graph(parts["indptr"], parts["neighbours"], parts["weights"])
        self.runtime = Runtime(folder, onnxruntime, self.card.rows, self.card.width)

    def as_of(self, graph: Graph, counts: Floats, counts_ms: int) -> "Recommender":
        """This model with what was counted until another moment, as evaluation needs it."""
        earlier = copy(self)
        earlier.graph = graph
        earlier.items = replace(self.items, counts=counts, counts_ms=counts_ms)
        return earlier

    def base(self, live: Floats, now_ms: int, hidden: Rows) -> Floats:
        """(rows,) float32: the bias all requests share, until trends or catalogue change.

        live: (len(index),) decayed strength now, from the trends. hidden: rows not to be shown.
        """
        elapsed_ms = max(0, now_ms - self.items.counts_ms)
        faded = np.float32(2.0 ** (-elapsed_ms / HALF_LIVES_MS[POPULARITY_HALF_LIFE]))
        counts = self.items.counts * faded
        known = slice(1, len(self.index) + 1)
        counts[known] = np.maximum(counts[known], live)
        outside = np.arange(len(self.index) + 1, self.card.rows)  # fills the table's last block
        unseen = np.concatenate([[0], outside, hidden]).astype(np.int64)
        return blend.base(self.card.blend, blend.popularity_part(counts), unseen)

    def window(
        self, history: Sequence[Interaction], vocabulary: Vocabulary, now_ms: int
    ) -> Window:
        """What this model reads of a history; empty when it knows none of the items."""
        return encode(history, self.index, vocabulary, now_ms, self.card.window)

    def rank(self, window: Window, base: Floats, k: int, live: Votes | None = None) -> Ranked:
        """The k best rows for a window that is not empty; `live` votes join the graph's."""
        votes = self.graph.vote(window.rows, self.card.blend.decay)
        return self._rank(self.runtime.encode([window])[0], base,
                          Votes.join([votes, live]) if live else votes, k)

    def similar(self, row: int, base: Floats, k: int) -> Ranked:
        """The k best rows after one item: near its vector, and done next."""
        votes = self.graph.vote(np.array([row]), self.card.blend.decay)
        return self._rank(self.runtime.vectors(np.array([row]))[0], base, votes, k)

    def influence(self, window: Window, ranked: Ranked) -> Floats:
        """(A, K) float32: how much less the encoder would give each row without each event.

        Asked of the `INFLUENTIAL` newest events, newest first; a lone event is not taken away.
        """
        length = len(window.rows)
        if length < 2:
            return np.zeros((0, len(ranked.rows)), np.float32)
        newest = range(length - 1, max(-1, length - 1 - INFLUENTIAL), -1)
        without = [Window(*(np.delete(part, place) for part in window)) for place in newest]
        change = ranked.user - self.runtime.encode(without)  # (A, D)
        lost = change @ self.runtime.vectors(ranked.rows).T
        return np.asarray(lost * self.card.blend.encoder, np.float32)

    def _rank(self, vector: Floats, base: Floats, votes: Votes, k: int) -> Ranked:
        bias = blend.bias(self.card.blend, base, votes)
        user = vector * np.float32(self.card.blend.encoder)
        scores, rows = self.runtime.score(user, bias, min(k, len(self.index)))
        shown = scores > blend.HIDDEN / 2  # where too few may be shown, the hidden come as well
        return Ranked(vector, rows[shown], scores[shown], bias[rows[shown]], votes)
