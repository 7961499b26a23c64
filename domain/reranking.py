"""Given items -> their order for one user, by the score that a list of theirs would give them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domain import blend
from domain.key import item_key
from domain.listing import Question
from domain.recommender import Recommender
from domain.row import Floats, Rows
from domain.scene import Scene


class Ordered(NamedTuple):
    """One item in its place. score: None, when it is unknown, or may not be recommended."""

    item_id: str
    score: float | None


def rerank(scene: Scene, item_ids: Sequence[str], question: Question) -> list[Ordered]:
    """The items, best first; those that the model does not know come last, as they were given.

    What may not be recommended was asked for all the same: it comes after what may. Without a model
    or without a history that it can read, what everybody does decides.
    """
    scores = _scores(scene, item_ids, question)
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    told = scores > blend.HIDDEN / 2  # nan is not
    return [Ordered(item_ids[place], float(scores[place]) if told[place] else None)
            for place in order]


def _scores(scene: Scene, item_ids: Sequence[str], question: Question) -> Floats:
    """(len(item_ids),) float32, nan where nothing is known."""
    keys = np.array([item_key(item_id) for item_id in item_ids], np.uint64)
    scores = np.full(len(keys), np.nan, np.float32)
    if scene.model is None or scene.base is None:
        known = np.isin(keys, scene.trends.keys)
        scores[known] = scene.trends.counts_for(keys[known], "24h")
        return scores
    rows = scene.model.index.rows(keys)
    known = rows > 0
    scores[known] = _of_rows(scene.model, scene.base, rows[known], question)
    return scores


def _of_rows(model: Recommender, base: Floats, rows: Rows, question: Question) -> Floats:
    window = model.window(question.history, question.vocabulary, question.now_ms)
    if not len(window.rows):
        return base[rows]
    votes = model.graph.vote(window.rows, model.card.blend.decay)
    user = model.runtime.encode([window])[0] * np.float32(model.card.blend.encoder)  # (D,)
    bias = blend.bias(model.card.blend, base, votes)[rows]
    return np.asarray(model.runtime.vectors(rows) @ user + bias, np.float32)
