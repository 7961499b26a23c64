"""The planted log as a trial, and the first stage of a model trained on it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from domain.recommender import Recommender
from domain.row import Floats
from domain.vocabulary import Vocabulary
from local.planted import CONFIG
from model.dataset import read
from model.shortlists import Shortlister, Stage
from model.split import Case, by_time
from model.trial import Trial, new_trial

WORDS = Vocabulary()


def trial_of(log: tuple[Path, Path], ranker: str = "dcn") -> Trial:
    dataset = read(*log, WORDS)
    split = by_time(dataset.histories, WORDS, 0.3, 0.1)
    return new_trial(dataset, split, replace(CONFIG, ranker=ranker))


def opened(folder: Path) -> Recommender:
    """A model that has counted nothing yet: what is done is told by trends alone."""
    model = Recommender(folder, onnxruntime)
    return model.as_of(model.graph, np.zeros_like(model.items.counts), 0)


def shortlister_of(model: Recommender, trial: Trial) -> Shortlister:
    """The first stage as it is served, over the rows of its own table."""
    def users(cases: Sequence[Case]) -> Floats:
        return np.concatenate([
            model.runtime.encode([model.window(case.history, WORDS, case.target.at_ms)])
            for case in cases])

    items = model.item_vectors(np.arange(len(model.index) + 1))
    stage = Stage(users, items, model.graph, model.card.blend, model.card.window)
    return Shortlister(trial.dataset, model.index, stage)


def in_time(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: case.target.at_ms)
