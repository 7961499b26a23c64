"""What a kept list loses by its age, on MovieLens 100K: the next film is asked of an earlier list.

python -m bench.staleness

Personal lists are not kept by anybody, and show what a page loses that asks too seldom. What is
trending may be kept by everybody: docs/caching.md.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bench.clock import report
from bench.logged import DOWNLOADS, WORDS
from bench.trained import trained
from domain.best import best_places
from domain.recommender import Recommender
from domain.row import RowIndex, Rows
from domain.trends import HALF_LIVES_MS
from local import movielens
from model.evaluate import K, measure, rows_of, seen_rows
from model.split import Case

AGES_S = {"0 s": 0, "10 s": 10, "1 min": 60, "5 min": 300, "1 h": 3_600, "1 day": 86_400}
HALF_LIFE = "24h"


def main() -> None:
    """NDCG@10 of either list by its age."""
    with tempfile.TemporaryDirectory() as scratch:
        found = trained(Path(scratch), movielens.load(DOWNLOADS))
        cases, index = sorted(found.cases, key=lambda case: case.target.at_ms), found.model.index
        whole = [entry for history in found.dataset.histories for entry in history]
        whole.sort(key=lambda entry: entry.at_ms)
        at_ms, rows = np.array([entry.at_ms for entry in whole]), rows_of(tuple(whole), index)
        report({"cases": len(cases), "ndcg@10": {
            "personal": {name: ndcg(personal(found.model, cases, age * 1000), cases, index)
                         for name, age in AGES_S.items()},
            "trending": {name: ndcg(trending(at_ms, rows, cases, age * 1000), cases, index)
                         for name, age in AGES_S.items()}}})


def personal(model: Recommender, cases: Sequence[Case], age_ms: int) -> Iterator[Rows]:
    """Each case's list as it was so long before its next event; what was seen since is left out."""
    base = model.unmoved()
    popular = best_places(model.items.counts, 10 * K)
    for case in tqdm(cases, desc=f"{age_ms // 1000} s", disable=None):
        then = case.target.at_ms - age_ms
        seen = seen_rows(case, model.index)
        window = model.window([e for e in case.history if e.at_ms <= then], WORDS, then)
        rows = model.rank(window, base, K + len(seen)).rows if len(window.rows) else popular
        yield rows[~np.isin(rows, seen)][:K]


def trending(
    at_ms: NDArray[np.int64], rows: Rows, cases: Sequence[Case], age_ms: int
) -> Iterator[Rows]:
    """The same for everybody: what was done most until then. cases: by the time of their target."""
    counts, done, now_ms = np.zeros(int(rows.max()) + 1, np.float32), 0, int(at_ms[0])
    for case in cases:
        then = max(now_ms, case.target.at_ms - age_ms)
        end = int(np.searchsorted(at_ms, then))
        counts *= 2.0 ** ((now_ms - then) / HALF_LIVES_MS[HALF_LIFE])
        np.add.at(counts, rows[done:end],
                  2.0 ** ((at_ms[done:end] - then) / HALF_LIVES_MS[HALF_LIFE]))
        done, now_ms = max(done, end), then
        yield best_places(counts, K)


def ndcg(lists: Iterator[Rows], cases: Sequence[Case], index: RowIndex) -> float:
    """Of the one true film."""
    return round(measure(lambda _: lists, cases, index)["ndcg@10"], 4)


if __name__ == "__main__":
    main()
