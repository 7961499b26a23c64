"""A trial -> what it learned from, in a few numbers, beside what the current model's card says."""

from pathlib import Path
from typing import Any

import numpy as np

from domain.artifact import CARD, Blend, ModelCard
from domain.drift import BEFORE, LEARNED_FROM, DriftError, Makeup, remarks
from domain.row import Floats
from model.evaluate import CHUNK_CELLS, Scorer, hide_seen
from model.learner import Network
from model.split import sample
from model.trial import Trial
from model.tune import Tuned

SCORED_CASES = 200  # of validation: a quantile of their scores is within some hundredths
QUANTILES = (0.1, 0.5, 0.9)


def makeup_of(trial: Trial, network: Network, tuned: Tuned) -> Makeup:
    """What the whole log holds, and how this model scores validation."""
    dataset = trial.dataset
    codes = np.zeros(256, np.int64)  # of types, which are bytes
    for block in dataset.histories.blocks():
        codes += np.bincount(block.columns.type, minlength=len(codes))
    times, (touched, _) = dataset.histories.times_ms(), dataset.histories.counts()
    since_ms = times.max() - (times.max() - times.min()) // 10
    named = {kind.code: kind.name for kind in dataset.vocabulary.by_name.values()}
    items = len(trial.index)
    return Makeup(
        {named.get(code, str(code)): int(codes[code]) / len(times)
         for code in np.nonzero(codes)[0].tolist()},
        float((times >= since_ms).mean()), items,
        len(touched) / max(1, items),
        _scores(trial, trial.scorers(network, tuned, trial.split.train)["torch"], tuned.blend))


def _scores(trial: Trial, scorer: Scorer, blend: Blend) -> tuple[float, ...]:
    cases = sample(trial.split.validation, SCORED_CASES, trial.config.seed)
    step = max(1, CHUNK_CELLS // (len(trial.index) + 1))
    best = np.concatenate([_best(scorer, trial, cases[start:start + step])
                           for start in range(0, len(cases), step)])
    scale = max(1e-9, blend.encoder + blend.graph + blend.popularity)
    found = np.quantile(best[np.isfinite(best)] / scale, QUANTILES)
    return tuple(round(float(score), 4) for score in found)


def _best(scorer: Scorer, trial: Trial, cases: list[Any]) -> Floats:
    return np.asarray(hide_seen(scorer(cases), cases, trial.index).max(axis=1), np.float32)


def said_of(makeup: Makeup, current: Path | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a card says of it, beside what that of the current model does; and what is to be noted.

    A current card that is of before, or says it in words not known here, is not compared with.
    """
    said: dict[str, Any] = {LEARNED_FROM: makeup.to_config()}
    if current is None:
        return said, ()
    config = ModelCard.from_json((current / CARD).read_text()).config
    try:
        before = Makeup.of(config)
    except DriftError:
        before = None
    if before is None:
        return said, ()
    return said | {BEFORE: before.to_config()}, tuple(remarks(makeup, before))
