"""The event log -> every user's whole history and the rows of the catalogue.

Histories are made by the functions the updaters run (`features.interaction`, `unseen`, `merge`),
without the cap on length, so what is learned from is what serving will see. The log is read object
by object and replayed a part of the users at a time: see `model/arrivals.py`.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from domain.arrays import ArraysError
from domain.erasure import Forgotten
from domain.features import Interaction, interaction, merge, unseen
from domain.ids import Ids
from domain.key import event_hash, item_key
from domain.probe import is_probe
from domain.record import Record, RecordError, decode_log
from domain.row import RowIndex
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.vocabulary import Vocabulary
from model.arrivals import Arrival, Arrivals, Parts
from model.histories import Columns, Histories, History

OBJECTS = "*.jsonl.gz"  # of the event log
NOBODY = Forgotten.of(())


class DatasetError(ValueError):
    """The log or the catalogue cannot be read, or holds nothing to learn from."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything one run learns from.

    histories: all interactions of everybody who has some, oldest first.
    names:     item key -> item id, for every item of the log and the catalogue.
    """

    histories: Histories
    names: dict[int, str]
    catalog: CatalogSnapshot
    vocabulary: Vocabulary

    def index(self, learned: Histories) -> tuple[RowIndex, int]:
        """A row for every item known, and how many are learned: those first, by frequency."""
        keys, times = learned.counts()
        frequent = keys[np.lexsort((keys, -times))]
        quiet = np.setdiff1d(np.fromiter(self.names, np.uint64, len(self.names)), keys)
        return RowIndex(np.concatenate([frequent, quiet])), len(frequent)


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
    paths, names = sorted(events.rglob(OBJECTS)) if objects is None else objects, dict[int, str]()
    with Parts(sum(_size_bytes(path) for path in paths)) as parts:
        for record in _records(paths):
            if not forgotten.leaves_out(record.batch):
                _arrive(record, vocabulary, parts, names)
        snapshot = _snapshot(catalog) if catalog else EMPTY
        for facts in snapshot:
            names[item_key(facts["item_id"])] = facts["item_id"]
        histories = _histories(parts, vocabulary)
    if not len(histories):
        raise DatasetError(f"no events that say something of taste below {events}")
    return Dataset(histories, names, snapshot, vocabulary)


def _arrive(record: Record, vocabulary: Vocabulary, parts: Parts, names: dict[int, str]) -> None:
    batch = record.batch
    if batch.joins:
        parts.join(batch.joins, batch.subject)
    entries = [interaction(event, vocabulary) for event in batch.events]
    if entries:
        parts.add(batch.subject, record.position,
                  Arrival([event_hash(event.event_id) for event in batch.events], entries))
    names.update((entry.item, event.item_id)
                 for entry, event in zip(entries, batch.events, strict=True))


def _histories(parts: Parts, vocabulary: Vocabulary) -> Histories:
    """Everybody's, in the order of the parts and of their names."""
    columns = Columns.empty(parts.events)
    raw, name_ends, ends = bytearray(), array("q"), array("q", [0])
    for users in tqdm(parts.users(), desc="replaying it", unit="part", disable=None):
        found = [(user, history) for user, subjects in sorted(users.items())
                 if (history := _replayed(subjects, vocabulary))]
        columns.put(ends[-1], Columns.of([entry for _, history in found for entry in history]))
        for user, history in found:
            raw += user.encode()
            name_ends.append(len(raw))
            ends.append(ends[-1] + len(history))
    places = np.array(ends, np.int64)
    names = Ids(np.frombuffer(raw, np.uint8), np.array(name_ends, np.int64))
    return Histories(columns, names, np.arange(len(name_ends)), places[:-1], places[1:])


def _replayed(subjects: Mapping[str, Arrivals], vocabulary: Vocabulary) -> History:
    """What one user did, by their own name and in sessions that were joined to them."""
    whole: History = ()
    for arrived in subjects.values():
        whole = merge(whole, _replay(arrived), limit=None)
    return _speaking(whole, vocabulary)


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


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise DatasetError(f"{path}: {error}") from error


def _snapshot(path: Path) -> CatalogSnapshot:
    try:
        return CatalogSnapshot.from_bytes(path.read_bytes())
    except (OSError, ArraysError) as error:
        raise DatasetError(f"{path}: {error}") from error


def _replay(arrived: Arrivals) -> History:
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
