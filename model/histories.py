"""Everybody's interactions as columns, 19 bytes an event; a history is made when it is asked for.

What goes through all events goes through blocks of columns, not through histories.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.features import Interaction
from domain.ids import Ids
from domain.row import Keys, Rows
from domain.vocabulary import Vocabulary

History = tuple[Interaction, ...]
Mask = NDArray[np.bool_]
BLOCK = 1_000_000  # events of a block, or one user's; some of its columns are 8 bytes
VALUE_BITS = 16


class Columns(NamedTuple):
    """(E,) each: what `Interaction` holds. value: NaN = none; state keeps no more than 16 bits."""

    at_ms: NDArray[np.int64]
    item: Keys
    type: NDArray[np.uint8]
    value: NDArray[np.float16]

    @classmethod
    def of(cls, entries: Sequence[Interaction]) -> Self:
        """These interactions."""
        at_ms, items, types, values = zip(*entries, strict=True) if entries else ((), (), (), ())
        return cls(np.array(at_ms, np.int64), np.array(items, np.uint64),
                   np.array(types, np.uint8), np.array(values, np.float64).astype(np.float16))

    def entries(self, first: int, end: int) -> History:
        """Some of them, as they were."""
        parts = (part[first:end].tolist() for part in self)
        return tuple(Interaction(at_ms, item, kind, None if value != value else value)
                     for at_ms, item, kind, value in zip(*parts, strict=True))

    def kinds(self) -> NDArray[np.uint32]:
        """(E,) type and value as one number, which says how much an event says."""
        return (self.type.astype(np.uint32) << np.uint32(VALUE_BITS)) | self.value.view(np.uint16)

    @classmethod
    def empty(cls, events: int) -> Self:
        """Room for so many; what is not written takes no memory."""
        return cls(np.empty(events, np.int64), np.empty(events, np.uint64),
                   np.empty(events, np.uint8), np.empty(events, np.float16))

    def put(self, first: int, others: Self) -> None:
        """Others take the places from there on."""
        end = first + len(others.at_ms)
        self.at_ms[first:end], self.item[first:end] = others.at_ms, others.item
        self.type[first:end], self.value[first:end] = others.type, others.value


class Block(NamedTuple):
    """What some users did, one after the other, each in time order.

    columns: (B,) of each event.   owner: (B,) int64 number of its user.
    first:   (B,) int64 where within the block its user begins.
    """

    columns: Columns
    owner: Rows
    first: Rows


@dataclass(frozen=True, slots=True)
class Histories:
    """One history a user, oldest first: the events from `starts` to `ends` of the columns.

    who: (U,) int64 of each, which of the names is the user's.
    """

    columns: Columns
    names: Ids
    who: Rows
    starts: Rows
    ends: Rows

    @classmethod
    def of(cls, found: Mapping[str, History]) -> Self:
        """Of each user by name."""
        columns = Columns.of([entry for history in found.values() for entry in history])
        ends = np.cumsum([len(history) for history in found.values()], dtype=np.int64)
        return cls(columns, Ids.of(found), np.arange(len(ends)),
                   np.append(0, ends)[:-1].astype(np.int64), ends)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, user: int) -> History:
        return self.columns.entries(int(self.starts[user]), int(self.ends[user]))

    def __iter__(self) -> Iterator[History]:
        return (self[user] for user in range(len(self)))

    def name(self, user: int) -> str:
        """What events call the user."""
        return self.names[int(self.who[user])]

    @property
    def events(self) -> int:
        """How many they hold together."""
        return int((self.ends - self.starts).sum())

    @property
    def until_ms(self) -> int:
        """The time of the newest event."""
        return int(self.columns.at_ms[self.ends - 1].max())

    def times_ms(self) -> NDArray[np.int64]:
        """(E,) of all events."""
        times, end = np.empty(self.events, np.int64), 0
        for block in self.blocks():
            times[end:(end := end + len(block.owner))] = block.columns.at_ms
        return times

    def chosen(self, users: Rows) -> "Histories":
        """Those of some users."""
        return replace(self, who=self.who[users], starts=self.starts[users],
                       ends=self.ends[users])

    def ending(self, ends: Rows) -> "Histories":
        """The same, each only until there; who then has done nothing is left out."""
        (kept,) = np.nonzero(ends > self.starts)
        return replace(self, ends=ends).chosen(kept)

    def before(self, until_ms: int) -> "Histories":
        """What was done until then."""
        counts = np.zeros(len(self), np.int64)
        for block in self.blocks():
            counts += np.bincount(block.owner[block.columns.at_ms < until_ms],
                                  minlength=len(self))
        return self.ending(self.starts + counts)

    def blocks(self, most: int = BLOCK) -> Iterator[Block]:
        """All events, whole users at a time, in their order."""
        total = np.cumsum(self.ends - self.starts)
        first = 0
        while first < len(self):
            done = total[first - 1] if first else 0
            end = max(first + 1, int(np.searchsorted(total, done + most, "right")))
            yield self._block(first, end)
            first = end

    def _block(self, first: int, end: int) -> Block:
        sizes = (self.ends - self.starts)[first:end]
        begins = np.cumsum(sizes) - sizes
        places = np.repeat(self.starts[first:end] - begins, sizes) + np.arange(sizes.sum())
        return Block(Columns(*(part[places] for part in self.columns)),
                     np.repeat(np.arange(first, end), sizes), np.repeat(begins, sizes))

    def counts(self) -> tuple[Keys, Rows]:
        """Every item that was touched, by key, and how often."""
        keys, times = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        for block in self.blocks():
            keys, place = np.unique(np.concatenate([keys, block.columns.item]),
                                    return_inverse=True)
            times = np.bincount(place, np.concatenate([times, np.ones(len(block.owner))]))
        return keys, times.astype(np.int64)


def strengths_of(kinds: NDArray[np.uint32], vocabulary: Vocabulary) -> NDArray[np.float64]:
    """(K,) float64 how much events of these kinds say of taste."""
    values = (kinds & (2**VALUE_BITS - 1)).astype(np.uint16).view(np.float16).tolist()
    return np.array([vocabulary.strength(code, None if value != value else value)
                     for code, value in zip((kinds >> VALUE_BITS).tolist(), values, strict=True)],
                    np.float64)
