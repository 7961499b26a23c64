"""Items that arrived after a model was trained: scored beside its table, in which they lack."""

from typing import NamedTuple, Self

import numpy as np

from domain.content import Content
from domain.row import PADDING, Floats, Keys, RowIndex
from domain.snapshot import CatalogSnapshot

MOST = 20_000  # the newest; a product with as many vectors costs 0.1 ms at a width of 64


class Newcomers(NamedTuple):
    """keys: (n,) ascending.   vectors: (n, D) float32 of length 1, 0 where no label is known."""

    keys: Keys
    vectors: Floats

    @classmethod
    def none(cls, width: int) -> Self:
        """Nobody came."""
        return cls(np.zeros(0, np.uint64), np.zeros((0, width), np.float32))

    @classmethod
    def of(cls, content: Content, index: RowIndex, catalog: CatalogSnapshot) -> Self:
        """Available items of the catalogue that a model has no row for.

        cost: a pass over when items changed, and a search for each that did since training.
        """
        since = np.flatnonzero((catalog.updated_ms >= content.until_ms) & catalog.available)
        places = since[index.rows(catalog.keys[since]) == PADDING]
        if len(places) > MOST:
            newest = np.argpartition(catalog.updated_ms[places], -MOST)[-MOST:]
            places = places[np.sort(newest)]
        return cls(catalog.keys[places], content.of(catalog, places))
