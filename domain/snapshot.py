"""The catalogue as one file: loaded whole in milliseconds, read item by item.

Facts stay JSON bytes until one item is asked for, so a million items cost their bytes and no
objects. Changes newer than the file are laid over it by `updated`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain import arrays
from domain.catalog import UNLISTED, Item, encode_facts, listed
from domain.facets import Columns, Facets, resized, spans
from domain.row import Keys


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """Every item known by `until_ms`, sorted by key.

    facts: JSON of item i lies at offsets[i] to offsets[i + 1], but for what is `UNLISTED`.
    facets: the same as columns.
    """

    until_ms: int
    keys: Keys
    updated_ms: NDArray[np.int64]
    available: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    facts: NDArray[np.uint8]
    facets: Facets

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self._facts(place) for place in range(len(self)))

    def items(self) -> Iterator[Item]:
        """Every item as it was written, but for what is `UNLISTED`."""
        for place, facts in enumerate(self):
            yield Item(facts["item_id"], facts, int(self.updated_ms[place]))

    def get(self, key: int) -> dict[str, Any] | None:
        """The facts of one item, None when there is no such item."""
        place = int(self.keys.searchsorted(np.uint64(key)))
        if place == len(self) or self.keys[place] != key:
            return None
        return self._facts(place)

    def updated_at(self, key: int) -> int:
        """When the facts of one item last changed, in ms; 0 when there is no such item."""
        place = int(self.keys.searchsorted(np.uint64(key)))
        known = place < len(self) and self.keys[place] == key
        return int(self.updated_ms[place]) if known else 0

    @property
    def columns(self) -> Columns:
        """As filters search it."""
        return Columns(self.keys, self.available, self.updated_ms, self.facets)

    def hidden(self) -> Keys:
        """Keys of items that may not be recommended."""
        return self.keys[~self.available]

    def newest(self, let: NDArray[np.bool_]) -> Iterator[int]:
        """Keys of available items, last updated first. let: (N,) of which alone."""
        places = np.flatnonzero(self.available & let)
        order = np.argsort(-self.updated_ms[places], kind="stable")
        return (int(self.keys[place]) for place in places[order])

    def latest(self, n: int) -> list[int]:
        """The first n of `newest`, or all. cost: a pass over the catalogue, no sorting of it."""
        places = np.flatnonzero(self.available)
        if len(places) > n:
            places = places[np.argpartition(-self.updated_ms[places], n)[:n]]
        order = np.argsort(-self.updated_ms[places], kind="stable")
        return [int(self.keys[place]) for place in places[order]]

    def updated(self, items: Iterable[Item]) -> "CatalogSnapshot":
        """This catalogue with newer facts of some items; older news is ignored.

        Where all is known already it is this very catalogue.
        cost: two copies of the catalogue's bytes, and Python's time for each of `items` only.
        """
        news = list(items)
        if not any(map(self._lacks, news)):
            return self
        both = _followed_by(self, news)
        order = np.lexsort((both.updated_ms, both.keys))  # stable: of equal times, news wins
        keys = both.keys[order]
        kept = order[np.append(keys[1:] != keys[:-1], True)]
        runs = np.split(kept, np.flatnonzero(np.diff(kept) != 1) + 1)
        return CatalogSnapshot(
            both.until_ms, both.keys[kept], both.updated_ms[kept], both.available[kept],
            resized(both.offsets, runs), spans(both.facts, both.offsets, runs),
            both.facets.taken(runs))

    def to_bytes(self) -> bytes:
        """As the shelf stores it."""
        return arrays.save({"until_ms": self.until_ms, "lacks": UNLISTED}, self._parts())

    def is_in(self, data: bytes) -> bool:
        """Does a file that was read hold every part that is written now, and no more of facts?"""
        header, names = arrays.outline(data)
        return names == self._parts().keys() and header.get("lacks") == list(UNLISTED)

    def _parts(self) -> dict[str, NDArray[Any]]:
        return {
            "keys": self.keys, "updated_ms": self.updated_ms, "available": self.available,
            "offsets": self.offsets, "facts": self.facts,
            **{f"facet_{name}": part for name, part in self.facets._asdict().items()},
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> "CatalogSnapshot":
        """Read what `to_bytes` wrote, by this version or by 0.1, which knew no facets.

        raises: arrays.ArraysError, when it is damaged.
        cost: of the latter, Python's time for each item.
        """
        header, parts = arrays.load(data)
        bare = cls(header["until_ms"], parts["keys"], parts["updated_ms"], parts["available"],
                   parts["offsets"], parts["facts"], EMPTY.facets)
        if "facet_labels" not in parts:
            return replace(bare, facets=Facets.of(list(bare)))
        return replace(bare, facets=Facets(*(parts[f"facet_{name}"] for name in Facets._fields)))

    def _lacks(self, item: Item) -> bool:
        place = int(self.keys.searchsorted(np.uint64(item.key)))
        if place == len(self) or self.keys[place] != item.key:
            return True
        known_ms = int(self.updated_ms[place])
        return known_ms < item.updated_ms or (
            known_ms == item.updated_ms and self._raw(place) != encode_facts(listed(item.facts)))

    def _facts(self, place: int) -> dict[str, Any]:
        return dict(json.loads(self._raw(place)))

    def _raw(self, place: int) -> bytes:
        return self.facts[self.offsets[place]:self.offsets[place + 1]].tobytes()


EMPTY = CatalogSnapshot(
    0, np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.bool_),
    np.zeros(1, np.int64), np.zeros(0, np.uint8), Facets.of([]),
)


def _followed_by(old: CatalogSnapshot, news: list[Item]) -> CatalogSnapshot:
    """The columns of both, one after the other: unsorted, with items in both."""
    raw = [encode_facts(listed(item.facts)) for item in news]
    updated_ms = [item.updated_ms for item in news]
    ends = old.offsets[-1] + np.cumsum([len(text) for text in raw])
    return CatalogSnapshot(
        max(old.until_ms, *updated_ms),
        np.append(old.keys, np.array([item.key for item in news], np.uint64)),
        np.append(old.updated_ms, np.array(updated_ms, np.int64)),
        np.append(old.available, np.array([item.available for item in news], np.bool_)),
        np.append(old.offsets, ends),
        np.append(old.facts, np.frombuffer(b"".join(raw), np.uint8)),
        old.facets.followed_by(Facets.of([item.facts for item in news])))
