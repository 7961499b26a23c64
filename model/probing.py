"""How many clusters a request must read, so that it finds what the exact scan would."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from domain.artifact import MIN_RECALL, Search
from domain.best import best_places
from domain.blend import HIDDEN, Bias
from domain.clusters import REACH, Clusters, ClusterSearch, Reach
from domain.recommender import Recommender
from domain.row import Floats, Rows
from domain.table import Table
from domain.vocabulary import Vocabulary
from model.evaluate import K, seen_rows
from model.split import Case

MAX_ASKERS = 1000  # whose lists are compared: the standard error of a recall of 0.98 is 0.002
MARGIN = 0.005  # aimed above the least recall, as other users will be a little less lucky
CHUNK_ROWS = 65_536  # scored for all at once: 262 MB of float32
TIE = 1e-3  # of scores: what the runtime's order of sums changes

Kept = tuple[Floats, Rows]  # scores and rows, best first


class Asker(NamedTuple):
    """A held-out user: (D,) the vector that is asked with, and the rows not to be shown."""

    vector: Floats
    seen: Rows


def search_of(
    table: Table, clusters: Clusters, shared: Floats, askers: Sequence[Asker],
    reach: Reach = REACH,
) -> Search:
    """The fewest clusters with `MIN_RECALL`, tuned over half of the users, measured over the rest.

    shared: (rows,) the bias that all requests share; votes come on top, and are always found.
    cost: an exact scan for every user.
    """
    if len(askers) < 2:
        return every(clusters)
    best = exact_best(table, shared, askers)
    half = len(askers) // 2
    loud, n = best_places(shared, reach.loud), len(clusters.centroids)
    probes = _wanted(clusters, loud, askers[:half], best[:half])
    while True:
        found = recall(ClusterSearch(table, clusters, probes, reach), table, shared, askers[half:],
                       best[half:])
        if found >= MIN_RECALL or probes == n:
            return Search(n, probes, round(found, 4), len(askers) - half)
        probes = min(n, math.ceil(1.25 * probes))


def every(clusters: Clusters) -> Search:
    """All clusters are read: what can be said before anybody asked."""
    n = len(clusters.centroids)
    return Search(n, n, 1.0, 0)


def exact_best(table: Table, shared: Floats, askers: Sequence[Asker]) -> list[Rows]:
    """Of each user the K best rows of the whole table, best first."""
    vectors = np.stack([asker.vector for asker in askers])
    kept: list[Kept] = [(np.zeros(0, np.float32), np.zeros(0, np.int64)) for _ in askers]
    starts = range(0, len(table.values), CHUNK_ROWS)
    for start in tqdm(starts, desc="exact scan", unit="chunk", disable=None):
        span = slice(start, start + CHUNK_ROWS)
        for place, scores in enumerate(vectors @ table.vectors(span).T + shared[span]):
            seen = askers[place].seen - start
            scores[seen[(seen >= 0) & (seen < len(scores))]] = HIDDEN
            found = best_places(scores, K)
            kept[place] = _joined(kept[place], (scores[found], found + start))
    return [rows[scores > HIDDEN / 2] for scores, rows in kept]


def _joined(one: Kept, other: Kept) -> Kept:
    scores, rows = np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
    places = best_places(scores, K)
    return scores[places], rows[places]


def _wanted(
    clusters: Clusters, loud: Rows, askers: Sequence[Asker], best: Sequence[Rows]
) -> int:
    """So many clusters that all but a few of these rows lie in them, or are loud."""
    needed = [np.zeros(0, np.int64)]
    for asker, rows in zip(askers, best, strict=True):
        order = np.argsort(-(clusters.centroids @ asker.vector))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        own = np.searchsorted(clusters.starts, rows, "right") - 1
        needed.append(np.where(np.isin(rows, loud), 1, rank[own]))
    ranks = np.sort(np.concatenate(needed))
    place = math.ceil(len(ranks) * min(1.0, MIN_RECALL + MARGIN)) - 1
    return int(ranks[place]) if len(ranks) else 1


def recall(
    search: ClusterSearch, table: Table, shared: Floats, askers: Sequence[Asker],
    best: Sequence[Rows],
) -> float:
    """Share of the exact K best that the search finds, as serving asks it; 1 where none is."""
    none = Bias(shared, np.zeros(0, np.int64), np.zeros(0, np.float32))
    found = wanted = 0
    for asker, rows in zip(askers, best, strict=True):
        scores, near = search.score(asker.vector, none, K + len(asker.seen))
        scores = scores[~np.isin(near, asker.seen)][:len(rows)]
        exact = table.vectors(rows) @ asker.vector + shared[rows]
        found += int((scores >= exact.min(initial=np.inf) - TIE).sum())
        wanted += len(rows)
    return found / wanted if wanted else 1.0


def askers(model: Recommender, cases: Sequence[Case], vocabulary: Vocabulary) -> list[Asker]:
    """The users of these cases, as the model is asked for them; without those it cannot read."""
    read = ((model.window(case.history, vocabulary, case.target.at_ms), case) for case in cases)
    weight = np.float32(model.card.blend.encoder)
    return [Asker(model.runtime.encode([window])[0] * weight, seen_rows(case, model.index))
            for window, case in read if len(window.rows)]
