"""The event log -> every user's whole history and the rows of the catalogue.

Histories are made by the functions the updaters run (`features.interaction`, `features.merge`),
without the cap on length, so what is learned from is what serving will see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from domain.features import Interaction, interaction, merge
from domain.key import item_key
from domain.record import Record, decode_log
from domain.row import RowIndex
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.vocabulary import Vocabulary

History = tuple[Interaction, ...]


class DatasetError(ValueError):
    """The log holds nothing to learn from."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything one run learns from.

    histories: subject -> all its interactions, oldest first.
    names:     item key -> item id, for every item of the log and the catalogue.
    """

    histories: dict[str, History]
    names: dict[int, str]
    catalog: CatalogSnapshot
    vocabulary: Vocabulary

    def index(self, learned: Iterable[History]) -> tuple[RowIndex, int]:
        """A row for every item known, and how many are learned: those first, by frequency."""
        counts = Counter(entry.item for history in learned for entry in history)
        frequent = sorted(counts, key=lambda key: (-counts[key], key))
        quiet = sorted(self.names.keys() - counts.keys())
        return RowIndex(np.array(frequent + quiet, np.uint64)), len(frequent)

    def until_ms(self) -> int:
        """The time of the newest event."""
        return max(history[-1].at_ms for history in self.histories.values())


def read(events: Path, catalog: Path | None, vocabulary: Vocabulary) -> Dataset:
    """Replay every log object below a folder; the catalogue file is optional.

    raises: DatasetError, when there is no event.
    """
    found: dict[str, list[Interaction]] = defaultdict(list)
    names: dict[int, str] = {}
    for record in _records(events):
        for event in record.batch.events:
            found[record.batch.subject].append(interaction(event, vocabulary))
            names[item_key(event.item_id)] = event.item_id
    snapshot = CatalogSnapshot.from_bytes(catalog.read_bytes()) if catalog else EMPTY
    for facts in snapshot:
        names[item_key(facts["item_id"])] = facts["item_id"]
    replayed = {subject: _speaking(merge((), entries, limit=None), vocabulary)
                for subject, entries in sorted(found.items())}
    histories = {subject: history for subject, history in replayed.items() if history}
    if not histories:
        raise DatasetError(f"no events that say something of taste below {events}")
    return Dataset(histories, names, snapshot, vocabulary)


def _records(events: Path) -> Iterator[Record]:
    paths = sorted(events.rglob("*.jsonl.gz"))
    for path in tqdm(paths, desc="reading the event log", unit="file", disable=None):
        yield from decode_log(path.read_bytes())


def _speaking(history: History, vocabulary: Vocabulary) -> History:
    """Only what says something of taste: impressions are neither input nor target."""
    silent = {0} | {code for code, known in vocabulary.by_code.items() if known.weight == 0.0}
    return tuple(entry for entry in history if entry.type not in silent)
