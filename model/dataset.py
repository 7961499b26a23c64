"""The event log -> every user's whole history and the rows of the catalogue.

Histories are made by the functions the updaters run (`features.interaction`, `unseen`, `merge`),
without the cap on length, so what is learned from is what serving will see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from domain.arrays import ArraysError
from domain.erasure import Forgotten
from domain.features import Interaction, interaction, merge, unseen
from domain.key import event_hash, item_key
from domain.probe import is_probe
from domain.record import Position, Record, RecordError, decode_log
from domain.row import RowIndex
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.vocabulary import Vocabulary

OBJECTS = "*.jsonl.gz"  # of the event log
NOBODY = Forgotten.of(())
History = tuple[Interaction, ...]
Arrival = tuple[list[int], list[Interaction]]  # of one record: event tags, what they say


class DatasetError(ValueError):
    """The log or the catalogue cannot be read, or holds nothing to learn from."""


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


def read(
    events: Path, catalog: Path | None, vocabulary: Vocabulary,
    objects: Sequence[Path] | None = None, forgotten: Forgotten = NOBODY,
) -> Dataset:
    """Replay every log object below a folder, or some `objects` of it; the catalogue is optional.

    Records count once and in stream order, wherever and however often the log holds them; those of
    the probe and of the forgotten do not count. What a session did is its user's, once the log
    joins them.
    raises: DatasetError, when a file is damaged or there is no event.
    """
    arrivals: dict[str, dict[Position, Arrival]] = defaultdict(dict)
    names: dict[int, str] = {}
    users: dict[str, str] = {}  # of sessions
    for record in _records(sorted(events.rglob(OBJECTS)) if objects is None else objects):
        found = record.batch.events
        if forgotten.leaves_out(record.batch):
            continue
        if record.batch.joins:
            users[record.batch.joins] = record.batch.subject
        arrivals[record.batch.subject][record.position] = (
            [event_hash(event.event_id) for event in found],
            [interaction(event, vocabulary) for event in found])
        names.update((item_key(event.item_id), event.item_id) for event in found)
    snapshot = _snapshot(catalog) if catalog else EMPTY
    for facts in snapshot:
        names[item_key(facts["item_id"])] = facts["item_id"]
    replayed: dict[str, History] = {}
    for subject, arrived in sorted(arrivals.items()):
        user = users.get(subject, subject)
        whole = merge(replayed.get(user, ()), _replay(arrived), limit=None)
        replayed[user] = _speaking(whole, vocabulary)
    histories = {subject: history for subject, history in sorted(replayed.items()) if history}
    if not histories:
        raise DatasetError(f"no events that say something of taste below {events}")
    return Dataset(histories, names, snapshot, vocabulary)


def liked(entry: Interaction, vocabulary: Vocabulary) -> bool:
    """Should others be led to what was done? What is disliked is read, and never an answer."""
    return entry.type in vocabulary.liking


def _records(paths: Sequence[Path]) -> Iterator[Record]:
    for path in tqdm(paths, desc="reading the event log", unit="file", disable=None):
        try:
            yield from (found for found in decode_log(path.read_bytes())
                        if not is_probe(found.batch.subject))
        except (OSError, RecordError) as error:
            raise DatasetError(f"{path}: {error}") from error


def _snapshot(path: Path) -> CatalogSnapshot:
    try:
        return CatalogSnapshot.from_bytes(path.read_bytes())
    except (OSError, ArraysError) as error:
        raise DatasetError(f"{path}: {error}") from error


def _replay(arrived: dict[Position, Arrival]) -> History:
    """One user's whole history; an event that a client sent twice is one, as in live state."""
    ring: tuple[int, ...] = ()
    found: list[Interaction] = []
    for position in sorted(arrived, key=lambda position: (position.sequence, position.shard_id)):
        tags, entries = arrived[position]
        fresh, ring = unseen(ring, tags)
        found += [entries[place] for place in fresh]
    return merge((), found, limit=None)


def _speaking(history: History, vocabulary: Vocabulary) -> History:
    """Only what says something of taste: impressions are neither input nor target."""
    return tuple(entry for entry in history if entry.type in vocabulary.speaking)
