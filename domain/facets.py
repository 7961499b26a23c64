"""What filters ask of a catalogue, as columns: every label and every number of every item.

Labels (categories, tags, texts and truths among the attributes) are kept as 64-bit hashes of field
and value, so that no dictionary has to be merged; two of a million values share one with
probability 3e-8. Which item an entry belongs to is told by where the item's entries end.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.filter import (
    DAY_MS,
    LABELS,
    Always,
    Joined,
    Not,
    OneOf,
    Tree,
    Within,
)
from domain.key import item_key, label_key
from domain.row import Keys

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Facets(NamedTuple):
    """The columns of N items.

    label_ends, number_ends: (N + 1,) int64; entries of item i lie at ends[i] to ends[i + 1].
    labels:  (L,) uint64 hashes of field and value.
    fields:  (M,) uint64 hashes of the field, numbers: (M,) float64 what it is.
    """

    label_ends: Ints
    labels: Keys
    number_ends: Ints
    fields: Keys
    numbers: NDArray[np.float64]

    @classmethod
    def of(cls, items: Sequence[Mapping[str, Any]]) -> Self:
        """The columns of these facts."""
        labels, numbers = zip(*map(_entries, items), strict=True) if items else ((), ())
        flat = [entry for found in numbers for entry in found]
        return cls(
            _ends(labels), np.array([one for found in labels for one in found], np.uint64),
            _ends(numbers), np.array([field for field, _ in flat], np.uint64),
            np.array([number for _, number in flat], np.float64))

    def followed_by(self, other: "Facets") -> "Facets":
        """The columns of both, one after the other."""
        return Facets(
            np.append(self.label_ends, self.label_ends[-1] + other.label_ends[1:]),
            np.append(self.labels, other.labels),
            np.append(self.number_ends, self.number_ends[-1] + other.number_ends[1:]),
            np.append(self.fields, other.fields), np.append(self.numbers, other.numbers))

    def taken(self, runs: Sequence[Ints]) -> "Facets":
        """The columns of some items; runs: their places, each run without a gap."""
        return Facets(
            resized(self.label_ends, runs), spans(self.labels, self.label_ends, runs),
            resized(self.number_ends, runs), spans(self.fields, self.number_ends, runs),
            spans(self.numbers, self.number_ends, runs))


def spans(entries: NDArray[Any], ends: Ints, runs: Sequence[Ints]) -> NDArray[Any]:
    """The entries of the items in these runs, in their order."""
    return np.concatenate([entries[ends[run[0]]:ends[run[-1] + 1]] for run in runs])


def resized(ends: Ints, runs: Sequence[Ints]) -> Ints:
    """Where the entries of the items in these runs end, once they alone are left."""
    sizes = np.diff(ends)[np.concatenate(runs)]
    return np.append(np.int64(0), np.cumsum(sizes))


class Columns(NamedTuple):
    """A catalogue as `mask` reads it, (N,) each."""

    keys: Keys
    available: Bools
    updated_ms: Ints
    facets: Facets


def mask(tree: Tree, columns: Columns, now_ms: int) -> Bools:
    """(N,) of which items a filter is true, as `filter.keeps` says; it asks no history.

    cost: a pass over all labels or all numbers for each term.
    """
    match tree:
        case Always(value=value):
            return np.full(len(columns.keys), value)
        case Not(part=part):
            return ~mask(part, columns, now_ms)
        case Joined(every=True, parts=parts):
            return reduce(np.logical_and, (mask(part, columns, now_ms) for part in parts),
                          np.ones(len(columns.keys), np.bool_))
        case Joined(parts=parts):
            return reduce(np.logical_or, (mask(part, columns, now_ms) for part in parts))
        case OneOf():
            return _one_of(tree, columns)
        case Within(field="updated_days"):
            return _inside(tree, (now_ms - columns.updated_ms) / DAY_MS)
        case Within():
            facets = columns.facets
            hits = (facets.fields == label_key(tree.field)) & _inside(tree, facets.numbers)
            return _items(hits, facets.number_ends)
    raise TypeError(tree)


def _one_of(term: OneOf, columns: Columns) -> Bools:
    if term.field == "item_id":
        wanted = [item_key(one) for one in term.literals if isinstance(one, str)]
        return np.isin(columns.keys, np.array(wanted, np.uint64))
    if term.field == "available":
        return np.isin(columns.available, [one for one in term.literals if isinstance(one, bool)])
    hashes = np.array([label_key(term.field, one) for one in term.literals], np.uint64)
    labels = columns.facets.labels
    hits = labels == hashes[0] if len(hashes) == 1 else np.isin(labels, hashes)
    return _items(hits, columns.facets.label_ends)


def _inside(term: Within, numbers: NDArray[np.float64]) -> Bools:
    if term.closed:
        return np.asarray((numbers >= term.low) & (numbers <= term.high))
    return np.asarray((numbers > term.low) & (numbers < term.high))


def _items(hits: Bools, ends: Ints) -> Bools:
    """(N,) of which items an entry was hit."""
    found = np.zeros(len(ends) - 1, np.bool_)
    found[np.searchsorted(ends, np.flatnonzero(hits), side="right") - 1] = True
    return found


def _ends(entries: Sequence[Sequence[Any]]) -> Ints:
    return np.append(np.int64(0), np.cumsum([len(found) for found in entries], dtype=np.int64))


def _entries(facts: Mapping[str, Any]) -> tuple[list[int], list[tuple[int, float]]]:
    labels = [label_key(field, one) for field in LABELS for one in facts.get(field, ())]
    numbers = [(label_key("price"), float(facts["price"]))] if "price" in facts else []
    for name, value in facts.get("attributes", {}).items():
        field = f"attributes.{name}"
        if isinstance(value, str | bool):
            labels.append(label_key(field, value))
        else:
            numbers.append((label_key(field), float(value)))
    return labels, numbers
