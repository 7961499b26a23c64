"""The best of the first stage, put in order by the second: what it adds to their scores.

The Lambda and the trainer's evaluation of an artifact both come through here.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from domain.asker import Asker
from domain.blend import Base
from domain.candidates import FEATURES, FirstStage, features
from domain.items import POPULARITY_HALF_LIFE
from domain.places import spliced
from domain.ranker import lifts
from domain.recommender import Ranked, Recommender
from domain.row import Floats, Keys, Rows
from domain.snapshot import CatalogSnapshot
from domain.trends import HALF_LIVES_MS, Trends
from domain.window import Window

SHORTLIST = 200  # candidates that are put in order, beside what was seen
POPULARITY = list(HALF_LIVES_MS).index(POPULARITY_HALF_LIFE)


def size(window: Window) -> int:
    """How many rows of the first stage the second looks at: what was seen takes nobody's place."""
    return SHORTLIST + len(np.unique(window.rows))


class Around(NamedTuple):
    """What a moment shares. strengths: (C, half-lives) of these candidates, see `strengths_of`."""

    base: Base
    strengths: Floats
    catalog: CatalogSnapshot


def lifted(
    model: Recommender, asker: Asker, window: Window, ranked: Ranked, around: Around,
    objectives: Mapping[str, float],
) -> Floats:
    """(K,) what the second stage adds to the scores; 0 of all behind the first C.

    cost: 0.7 ms of CPU for 250 candidates, see `bench/second_stage.py`.
    """
    assert model.ranker is not None
    n, rows = len(around.strengths), ranked.rows[:len(around.strengths)]
    told, vectors = told_of(model, asker, window, ranked.user, rows, around)
    judged = model.ranker.judge(told, ranked.user, vectors)
    found = np.zeros(len(ranked.rows), np.float32)
    found[:n] = lifts(ranked.scores[:n], model.ranker.values(judged, objectives))
    return found


def tried(model: Recommender, ranked: Ranked) -> Floats:
    """What a second stage says of some rows when nothing is told; nothing, where there is none."""
    if model.ranker is None:
        return np.zeros(0, np.float32)
    told = np.zeros((len(ranked.rows), len(FEATURES)), np.float32)
    judged = model.ranker.judge(told, ranked.user, model.item_vectors(ranked.rows))
    return np.concatenate([judged.next, *judged.outcomes.values()])


def told_of(
    model: Recommender, asker: Asker, window: Window, user: Floats, rows: Rows, around: Around
) -> tuple[Floats, Floats]:
    """(C, F) features and (C, D) vectors of some rows."""
    vectors = model.item_vectors(rows)
    votes = model.graph.vote(window.rows, model.card.blend.decay)
    first = FirstStage.of(model.card.blend, user, model.item_vectors(window.rows), votes,
                          around.base.at(rows), rows, vectors)
    return features(asker, model.card.window, keys_of(model, rows), first, around.strengths,
                    around.catalog), vectors


def keys_of(model: Recommender, rows: Rows) -> Keys:
    """(C,) of rows that are real."""
    late = rows >= model.card.rows
    return spliced(late, model.index.keys[rows[~late] - 1],
                   model.newcomers.keys[rows[late] - model.card.rows])


def strengths_of(model: Recommender, trends: Trends, rows: Rows, now_ms: int) -> Floats:
    """(C, half-lives) what everybody did: by the trends, and what the model had counted before."""
    found = trends.table_for(keys_of(model, rows), now_ms)
    known = rows < model.card.rows
    before = model.items.counts[rows[known]] * model.items.fading(now_ms)
    found[known, POPULARITY] = np.maximum(found[known, POPULARITY], before)
    return found
