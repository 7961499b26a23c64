"""Rankers over cases -> metrics, against the whole catalogue, seen items left out.

A ranker answers each case with its best rows. The same function measures validation and test, and
the baselines beside the model.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from domain.artifact import Blend
from domain.blend import popularity_part
from domain.graph import MAX_VOTERS, Graph
from domain.recommender import Recommender
from domain.row import PADDING, Floats, RowIndex, Rows
from domain.vocabulary import Vocabulary
from domain.window import Window, encode, pad
from model.answers import Ranker, ask, gains, gini, shown
from model.histories import History
from model.network import ItemTower
from model.split import Case

K = 10
CHUNK_CELLS = 20_000_000  # scores held at once: 80 MB of float32
BATCH = 128  # cases encoded at once: what they hold stays in a core's cache
VOTE_CELLS = 1_000_000  # votes counted at once: 8 MB of float64

Scorer = Callable[[Sequence[Case]], Floats]  # (C, rows)
Windows = tuple[Tensor, Tensor, Tensor]


def measure(ranker: Ranker, cases: Sequence[Case], index: RowIndex) -> dict[str, float]:
    """ndcg@10, hr@10, mrr@10 of the true next item; coverage and gini of what is shown.

    A target the ranker's catalogue does not know counts as not found.
    """
    found = ask(ranker, cases, index, K)
    worth = {name: float(values.mean()) if len(cases) else 0.0
             for name, values in gains(found.places, K).items()}
    counts = shown(found.rows, len(index))
    return {**worth, "coverage": float((counts > 0).mean()), "gini": gini(counts),
            "cases": float(len(cases))}


def dense(scorer: Scorer, index: RowIndex, k: int = K) -> Ranker:
    """A ranker out of scores for every row; seen rows and padding are left out."""

    def rank(cases: Sequence[Case]) -> Iterator[Rows]:
        step = max(1, CHUNK_CELLS // (len(index) + 1))
        for start in range(0, len(cases), step):
            chunk = cases[start:start + step]
            scores = hide_seen(scorer(chunk), chunk, index)
            yield from (_best(row, k) for row in scores)

    return rank


def _best(scores: Floats, most: int) -> Rows:
    """The best rows, best first, of equal ones the lower; what is hidden is not among them."""
    k = min(most, len(scores))
    edge = np.partition(scores, -k)[-k]
    (above,), (level,) = np.nonzero(scores > edge), np.nonzero(scores == edge)
    best: Rows = np.concatenate([above[np.argsort(-scores[above], kind="stable")], level])[:k]
    return np.asarray(best[np.isfinite(scores[best])])


def hide_seen(scores: Floats, cases: Sequence[Case], index: RowIndex) -> Floats:
    """The scores with what each case has seen, and padding, at minus infinity."""
    scores[:, PADDING] = -np.inf
    for row, case in zip(scores, cases, strict=True):
        row[seen_rows(case, index)] = -np.inf
    return scores


def seen_rows(case: Case, index: RowIndex) -> Rows:
    """Rows of a case's history."""
    return rows_of(case.history, index)


def rows_of(history: History, index: RowIndex) -> Rows:
    """Rows of what was done, in its order."""
    return index.rows(np.fromiter((e.item for e in history), np.uint64, len(history)))


def popularity(counts: Floats) -> Scorer:
    """Everybody gets what is most done."""
    return lambda cases: np.tile(popularity_part(counts), (len(cases), 1))


def covisitation(
    graph: Graph, decay: float, index: RowIndex, voters: int = MAX_VOTERS
) -> Scorer:
    """What others did after this history, as its newest `voters` vote."""
    n_rows = len(index) + 1
    step = max(1, VOTE_CELLS // n_rows)

    def score(cases: Sequence[Case]) -> Floats:
        scores = np.zeros((len(cases), n_rows), np.float32)
        for start in range(0, len(cases), step):
            histories = [seen_rows(case, index)[-min(voters, MAX_VOTERS):][::-1]
                         for case in cases[start:start + step]]
            scores[start:start + step] = _votes(graph, histories, decay, n_rows)
        return scores

    return score


def _votes(graph: Graph, histories: list[Rows], decay: float, n_rows: int) -> Floats:
    """`Graph.vote(...).shares()` of many histories, newest first, in one go."""
    lengths = [len(history) for history in histories]
    voters = np.concatenate(histories)
    weights = np.concatenate([decay ** np.arange(n) for n in lengths]).astype(np.float32)
    sizes = graph.indptr[voters + 1] - graph.indptr[voters]
    firsts = graph.indptr[voters] - (np.cumsum(sizes) - sizes)
    edges = np.repeat(firsts, sizes) + np.arange(sizes.sum())
    cells = (np.repeat(np.repeat(np.arange(len(histories)) * n_rows, lengths), sizes)
             + graph.neighbours[edges])
    ballots = graph.weights[edges] * np.repeat(weights, sizes)
    sums = np.bincount(cells, ballots, len(histories) * n_rows).astype(np.float32)
    sums = sums.reshape(-1, n_rows)
    largest = sums.max(axis=1, keepdims=True)
    return np.asarray(sums / np.where(largest > 0, largest, 1), np.float32)


def remembered(scorer: Scorer) -> Scorer:
    """The scorer, which need not work twice when the same cases come again at once."""
    last: list[tuple[Sequence[Case], Floats]] = []

    def score(cases: Sequence[Case]) -> Floats:
        if not last or last[0][0] != cases:
            last[:] = [(cases, scorer(cases))]
        return last[0][1].copy()  # callers write into what they get

    return score


class Reader:
    """Cases as the encoder reads them; asked for the same ones again, it has them at hand."""

    def __init__(self, index: RowIndex, vocabulary: Vocabulary, length: int) -> None:
        self.n_rows = len(index) + 1
        self._index, self._vocabulary, self._length = index, vocabulary, length
        self._read: tuple[Sequence[Case], Windows] | None = None

    def __call__(self, cases: Sequence[Case]) -> Windows:
        """(C, T) each: rows, ages and types, as long as the longest needs."""
        if self._read is None or self._read[0] != cases:
            self._read = (cases, self._windows(cases))
        return self._read[1]

    def _windows(self, cases: Sequence[Case]) -> Windows:
        windows = [encode(c.history, self._index, self._vocabulary, c.target.at_ms, self._length)
                   for c in cases]
        longest = max(1, *(len(window.rows) for window in windows))
        padded = zip(*(pad(window, longest) for window in windows), strict=True)
        rows, ages_s, types = (torch.from_numpy(np.stack(part)) for part in padded)
        return rows, ages_s, types


def items_of(tower: ItemTower, n_rows: int) -> Tensor:
    """(rows, D) the vectors of all items, in full precision, where the tower lies."""
    with torch.no_grad():
        found: Tensor = tower.eval()(torch.arange(n_rows, device=tower.identity.weight.device))
    return found


def users_of(
    encoder: nn.Module, items: Tensor, reader: Reader
) -> Callable[[Sequence[Case]], Tensor]:
    """Cases -> (C, D) their users, as of each. items: (rows, D)."""

    def encode_all(cases: Sequence[Case]) -> Tensor:
        parts = (torch.split(part.to(items.device), BATCH) for part in reader(cases))
        with torch.no_grad():
            return torch.cat([encoder.eval()(items[rows], ages_s, types, last_only=True)[:, 0]
                              for rows, ages_s, types in zip(*parts, strict=True)])

    return encode_all


def encoded(tower: ItemTower, encoder: nn.Module, reader: Reader) -> Scorer:
    """User . item in full precision."""
    items = items_of(tower, reader.n_rows)
    users = users_of(encoder, items, reader)
    return lambda cases: np.asarray((users(cases) @ items.T).cpu().numpy())


def mixed(blend: Blend, encoder: Scorer, graph: Scorer, counts: Scorer) -> Scorer:
    """The blend, as `domain.blend` states it, over dense parts."""
    return lambda cases: (np.float32(blend.encoder) * encoder(cases)
                          + np.float32(blend.graph) * graph(cases)
                          + np.float32(blend.popularity) * counts(cases))


def served(
    model: Recommender, vocabulary: Vocabulary, now_ms: int, k: int = K
) -> Ranker:
    """The artifact, asked exactly as the Lambda asks it."""
    base = model.unmoved(now_ms)
    popular = _best(np.where(model.items.counts > 0, model.items.counts, -np.inf), k)

    def rank(cases: Sequence[Case]) -> Iterator[Rows]:
        for case in cases:
            window: Window = model.window(case.history, vocabulary, case.target.at_ms)
            if not len(window.rows):
                yield popular  # as `domain.listing` falls back
                continue
            seen = seen_rows(case, model.index)
            rows = model.rank(window, base, k + len(seen)).rows
            yield rows[~np.isin(rows, seen)][:k]

    return rank
