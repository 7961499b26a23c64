"""A model trained on a collection, and its held-out cases, as the trainer's own test asks it."""

from dataclasses import dataclass
from pathlib import Path

from bench.logged import WORDS, laid
from domain.recommender import Recommender
from local.collection import Collection
from model.config import TrainConfig
from model.dataset import Dataset, read
from model.run import Run
from model.split import Case, Split, cut, sample
from model.train import train
from model.trial import TEST_CASES, new_trial

CONFIG = TrainConfig()


@dataclass(frozen=True)
class Trained:
    """model: it has counted what preceded the test, no more."""

    model: Recommender
    dataset: Dataset
    split: Split

    @property
    def cases(self) -> list[Case]:
        """The test, or a sample of it."""
        return sample(self.split.test, TEST_CASES, CONFIG.seed)


def trained(
    scratch: Path, collection: Collection, config: TrainConfig = CONFIG
) -> Trained:
    """Train on a collection. cost: minutes."""
    events, catalog = laid(scratch, collection)
    train(Run(events, scratch / "model", config, WORDS, catalog))
    dataset = read(events, catalog, WORDS)
    split = split_of(dataset)
    model, _ = new_trial(dataset, split, config).served(scratch / "model")
    return Trained(model, dataset, split)


def split_of(dataset: Dataset) -> Split:
    """By time, as the trainer does."""
    return cut(dataset, CONFIG)
