"""What an item's facts say of it to a model: its labels, and the vector that those make together.

Labels are categories, tags, and texts and truths among the attributes, as `facets` tells them
apart. Trainer and scorer read them here, so that an item which arrived after training is placed
where training would have placed one that nobody has touched yet.
"""

from typing import NamedTuple, Self

import numpy as np

from domain import arrays
from domain.facets import Facets
from domain.places import find, spans
from domain.row import Floats, Keys, Rows, directions
from domain.snapshot import CatalogSnapshot

MAX_LABELS = 16  # per item; most of one item's say the same thing


class Content(NamedTuple):
    """The labels a model has learned.

    labels:   (L,) ascending hashes, as `facets` makes them.   vectors: (L, D) float32.
    until_ms: of the catalogue it was trained with: what did not change since is known to it.
    """

    labels: Keys
    vectors: Floats
    until_ms: int

    def of(self, catalog: CatalogSnapshot, places: Rows) -> Floats:
        """(n, D) float32 of length 1: items by their labels alone; 0 for one without any known."""
        numbers = numbered(catalog.facets, places, self.labels)
        sums = np.zeros((len(places), self.vectors.shape[1]), np.float32)
        for column in numbers.T:
            told = column > 0
            sums[told] += self.vectors[column[told] - 1]
        return directions(sums)  # of a sum as of a mean

    def to_bytes(self) -> bytes:
        """As the artifact stores it."""
        return arrays.save({"until_ms": self.until_ms},
                           {"labels": self.labels, "vectors": self.vectors})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote. raises: ArraysError."""
        header, parts = arrays.load(data)
        return cls(parts["labels"], parts["vectors"], int(header["until_ms"]))


def numbered(facets: Facets, places: Rows, labels: Keys) -> Rows:
    """(n, at most `MAX_LABELS`) int64: labels of items as places in `labels` + 1, first ones first.

    0 = none: the item has no more that are known. labels: ascending.
    """
    starts = facets.label_ends[places]
    sizes = facets.label_ends[places + 1] - starts
    found, known = find(labels, facets.labels[spans(starts, sizes)])
    before = np.append(np.int64(0), np.cumsum(known))  # known ones that stand before each entry
    items = np.repeat(np.arange(len(places)), sizes)
    column = before[:-1] - before[(np.cumsum(sizes) - sizes)[items]]
    kept = known & (column < MAX_LABELS)
    numbers = np.zeros((len(places), int(column[kept].max(initial=0)) + 1), np.int64)
    numbers[items[kept], column[kept]] = found[kept] + 1
    return numbers
