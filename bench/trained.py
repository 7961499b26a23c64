"""A model trained on a collection, and its held-out cases, as the trainer's own test asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.quality import log_of
from domain.catalog import Item
from domain.recommender import Recommender
from domain.record import encode_log
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.vocabulary import Vocabulary
from local.collection import Collection
from model.config import TrainConfig
from model.dataset import Dataset, read
from model.run import Run
from model.split import Case, Split, cut, sample
from model.train import train
from model.trial import TEST_CASES, new_trial

WORDS, CONFIG = Vocabulary(), TrainConfig()


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
    events, catalog = written(scratch / "events", collection), scratch / "catalog.npz"
    catalog.write_bytes(catalogue(collection).to_bytes())
    train(Run(events, scratch / "model", config, WORDS, catalog))
    dataset = read(events, catalog, WORDS)
    split = split_of(dataset)
    model, _ = new_trial(dataset, split, config).served(scratch / "model")
    return Trained(model, dataset, split)


def split_of(dataset: Dataset) -> Split:
    """By time, as the trainer does."""
    return cut(dataset, CONFIG)


def catalogue(
    collection: Collection, since_ms: Mapping[str, int] | None = None
) -> CatalogSnapshot:
    """Everything. since_ms: when some items changed; all others at 0."""
    return EMPTY.updated(
        Item(facts["item_id"], facts, (since_ms or {}).get(facts["item_id"], 0))
        for facts in collection.items)


def written(folder: Path, collection: Collection) -> Path:
    """The folder, which has the collection as an event log."""
    folder.mkdir()
    (folder / "log.jsonl.gz").write_bytes(encode_log(log_of(collection)))
    return folder
