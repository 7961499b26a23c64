"""A collection as an event log and a catalogue, as a training finds them."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from domain.catalog import Item
from domain.event import MAX_EVENTS, parse_batch
from domain.record import Position, Record, encode_log
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.vocabulary import Vocabulary
from local.collection import Collection, batches
from model.dataset import Dataset, read

DOWNLOADS = Path("data")
WORDS = Vocabulary()


def laid(folder: Path, collection: Collection, words: Vocabulary = WORDS) -> tuple[Path, Path]:
    """A folder of log objects and the file of a catalogue, below `folder`."""
    catalog = folder / "catalog.npz"
    catalog.write_bytes(catalogue(collection).to_bytes())
    return written(folder / "events", collection, words), catalog


def dataset_of(collection: Collection) -> Dataset:
    """What a training reads of it."""
    with tempfile.TemporaryDirectory() as scratch:
        return read(*laid(Path(scratch), collection), WORDS)


def written(folder: Path, collection: Collection, words: Vocabulary = WORDS) -> Path:
    """The folder, which has the collection as an event log."""
    folder.mkdir()
    (folder / "log.jsonl.gz").write_bytes(encode_log(log_of(collection, words)))
    return folder


def log_of(collection: Collection, words: Vocabulary = WORDS) -> list[Record]:
    """What a collection is in the event log."""
    made = []
    for number, (user_id, events) in enumerate(batches(collection, MAX_EVENTS), start=1):
        batch, rejected = parse_batch({"user_id": user_id, "events": events}, events[-1]["at"],
                                      words)
        assert not rejected
        made.append(Record(Position("shardId-000000000000", number), batch))
    return made


def catalogue(
    collection: Collection, since_ms: Mapping[str, int] | None = None
) -> CatalogSnapshot:
    """Everything. since_ms: when some items changed; all others at 0."""
    return EMPTY.updated(
        Item(facts["item_id"], facts, (since_ms or {}).get(facts["item_id"], 0))
        for facts in collection.items)
