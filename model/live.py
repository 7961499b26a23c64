"""An artifact asked as the Lambda asks it while life goes on: each case with the counts of then."""

from collections.abc import Iterator, Sequence

import numpy as np

from domain.asker import Asker
from domain.recommender import Recommender
from domain.row import Floats, Rows
from domain.shortlist import POPULARITY, Around, lifted, size
from model.answers import Ranker
from model.dataset import Dataset
from model.evaluate import seen_rows
from model.moments import Tally
from model.split import Case

NOBODY = np.zeros(0, np.int64)


def served_live(model: Recommender, dataset: Dataset, k: int) -> Ranker:
    """First stage and, where the model has one, second. cost: a pass over the catalogue a case."""

    def rank(cases: Sequence[Case]) -> Iterator[Rows]:
        tally = Tally(dataset.histories, model.index, dataset.vocabulary)
        found: dict[int, Rows] = {}
        for place in sorted(range(len(cases)), key=lambda place: cases[place].target.at_ms):
            counts = tally.at(cases[place].target.at_ms, slice(None))
            rows = _ranked(model, dataset, cases[place], counts, k)
            found[place] = rows[~np.isin(rows, seen_rows(cases[place], model.index))][:k]
        yield from (found[place] for place in range(len(cases)))

    return rank


def _ranked(model: Recommender, dataset: Dataset, case: Case, counts: Floats, k: int) -> Rows:
    """Best first, what was seen among them. counts: (N + 1, half-lives)."""
    now_ms, words = case.target.at_ms, dataset.vocabulary
    base = model.base(counts[1:, POPULARITY], now_ms, NOBODY)
    window = model.window(case.history, words, now_ms)
    if not len(window.rows):  # as `domain.listing` falls back
        return 1 + np.argsort(-counts[1:, POPULARITY], kind="stable")[:k + len(case.history)]
    n = max(size(window), k + len(seen_rows(case, model.index)))
    ranked = model.rank(window, base, n)
    if model.ranker is None:
        return ranked.rows
    around = Around(base, counts[ranked.rows[:size(window)]], dataset.catalog)
    lift = lifted(model, Asker(case.history, words, now_ms), window, ranked, around, {})
    return ranked.rows[np.argsort(-(ranked.scores + lift), kind="stable")]
