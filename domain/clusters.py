"""A catalogue too large to be scored whole: what lies near the user is read, and what is loud.

Rows of the table lie in the order of their clusters. A request ranks the clusters by
user . centroid and scores the rows of the first few exactly, bias included. Beside them it scores
the rows that its votes lift and those of the largest shared bias, wherever they lie: popularity
and masks come in as bias, and know nothing of clusters.
source: Jégou et al. 2011 (inverted lists); centroids are means that were not normalised, since
the score is an inner product.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np

from domain import arrays
from domain.best import best_places
from domain.blend import HIDDEN, Bias
from domain.row import Floats, Rows
from domain.table import ZERO_POINT, Table

BUFFER_ROWS = 2048  # turned into float32 at once: 512 KB at a width of 64, held by a core's cache


class Clusters(NamedTuple):
    """Cluster c is rows starts[c] to starts[c + 1] of the table; the first begins at row 1.

    centroids: (C, D) float32 means of the vectors.   starts: (C + 1,) int64.
    """

    centroids: Floats
    starts: Rows

    def to_bytes(self) -> bytes:
        """As the artifact stores it."""
        return arrays.save({}, self._asdict())

    @classmethod
    def from_bytes(cls, data: bytes, table: Table) -> Self:
        """Read what `to_bytes` wrote. raises: ArraysError, when it is not of this table."""
        _, parts = arrays.load(data)
        found = cls(parts["centroids"], parts["starts"])
        rows, width = table.values.shape
        starts = found.starts
        if (found.centroids.shape != (len(starts) - 1, width) or starts[0] != 1
                or (np.diff(starts) < 1).any() or starts[-1] > rows):
            raise arrays.ArraysError("the clusters are not those of this table")
        return found


class Reach(NamedTuple):
    """What is scored beside the nearest clusters.

    loud:   rows of the largest shared bias, by every request.
    few:    where no more rows may be shown, all of them are scored, and no cluster is read.
    enough: rows that may be shown and were read: under masks more clusters are, until there are
            so many. At a million items of which 2% are shown, recall is 0.88 without it.
    """

    loud: int = 1024
    few: int = 20_000
    enough: int = 1000


REACH = Reach()


class _Near(NamedTuple):
    """Clusters that were read, and the scores of their rows one after the other."""

    clusters: Rows
    scores: Floats


class _Loud(NamedTuple):
    """The rows of the largest shared bias, ascending; none that is hidden.

    every: no other row may be shown.
    """

    rows: Rows
    vectors: Floats
    bias: Floats
    every: bool


class ClusterSearch:
    """The best rows of a table whose rows lie in clusters; it holds no second copy of the table.

    probes: clusters that a request reads.
    """

    def __init__(
        self, table: Table, clusters: Clusters, probes: int, reach: Reach = REACH
    ) -> None:
        self._table, self._clusters, self._probes = table, clusters, probes
        self._reach = reach
        self._buffer = np.empty((BUFFER_ROWS, table.values.shape[1]), np.float32)
        self._of: tuple[Floats, _Loud] | None = None

    def score(self, user: Floats, bias: Bias, k: int) -> tuple[Floats, Rows]:
        """The k best of the rows that were read, with user . item + bias, best first.

        Where masks leave too few rows of what was read, more is read, twice as much each time,
        until there is enough or all was read. cost: two passes over each new `bias.shared`.
        """
        lifted = self._table.vectors(bias.rows) @ user + bias.of(bias.rows)
        loud = self._loudest(bias.shared)
        scores = loud.vectors @ user + loud.bias
        scores[bias.lifted(loud.rows)] = -np.inf  # each row counts once
        found = [(lifted, bias.rows), (scores, loud.rows)]
        if not loud.every:
            near = self._near(user, bias.shared, max(k, self._reach.enough))
            for rows in (loud.rows, bias.rows):
                near.scores[self._places(near.clusters, rows)] = -np.inf
            places = best_places(near.scores, k)
            found.append((near.scores[places], self._rows(near.clusters, places)))
        scores, rows = (np.concatenate(column) for column in zip(*found, strict=True))
        best = best_places(scores, k)
        shown = best[scores[best] > HIDDEN / 2]
        return scores[shown], rows[shown]

    def _loudest(self, shared: Floats) -> _Loud:
        if self._of is None or self._of[0] is not shared:
            first, end = self._clusters.starts[[0, -1]]
            shown = shared[first:end] > HIDDEN / 2
            every = bool(np.count_nonzero(shown) <= self._reach.few)
            places = np.nonzero(shown)[0] if every else best_places(shared[first:end],
                                                                    self._reach.loud)
            rows = first + np.sort(places)
            self._of = shared, _Loud(rows, self._table.vectors(rows), shared[rows], every)
        return self._of[1]

    def _near(self, user: Floats, shared: Floats, enough: int) -> _Near:
        """Clusters by user . centroid, until so many rows that may be shown were read."""
        order = np.argsort(self._clusters.centroids @ user)[::-1]
        parts, done, wanted, shown = list[_Near](), 0, self._probes, 0
        while done < len(order) and shown < enough:
            chosen = np.sort(order[done:wanted])  # in the order of the table
            parts.append(_Near(chosen, self._scan(chosen, user, shared)))
            shown += int(np.count_nonzero(parts[-1].scores > HIDDEN / 2))
            done, wanted = wanted, 2 * wanted
        return _Near(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _scan(self, clusters: Rows, user: Floats, shared: Floats) -> Floats:
        """Scores of every row of these clusters, by the shared bias."""
        starts = self._clusters.starts
        scores = np.empty(int((starts[clusters + 1] - starts[clusters]).sum()), np.float32)
        zero, done = ZERO_POINT * user.sum(), 0
        for span in self._spans(clusters):
            values = self._buffer[:span.stop - span.start]
            np.copyto(values, self._table.values[span])
            part = scores[done:done + len(values)]
            np.dot(values, user, out=part)
            part -= zero
            part *= self._table.scales[span]
            part += shared[span]
            done += len(values)
        return scores

    def _spans(self, clusters: Rows) -> Iterator[slice]:
        """The rows of clusters, as many at once as the buffer takes."""
        starts = self._clusters.starts
        for first, end in zip(starts[clusters].tolist(), starts[clusters + 1].tolist(),
                              strict=True):
            for start in range(first, end, BUFFER_ROWS):
                yield slice(start, min(end, start + BUFFER_ROWS))

    def _offsets(self, clusters: Rows) -> Rows:
        """Where each of these clusters begins among what was read, and where the last ends."""
        starts = self._clusters.starts
        return np.concatenate([[0], np.cumsum(starts[clusters + 1] - starts[clusters])])

    def _rows(self, clusters: Rows, places: Rows) -> Rows:
        """Rows at places among what was read."""
        offsets = self._offsets(clusters)
        which = np.searchsorted(offsets, places, "right") - 1
        return self._clusters.starts[clusters[which]] + places - offsets[which]

    def _places(self, clusters: Rows, rows: Rows) -> Rows:
        """Places of those rows that were read."""
        offsets = np.full(len(self._clusters.centroids), -1)
        offsets[clusters] = self._offsets(clusters)[:-1]
        own = np.searchsorted(self._clusters.starts, rows, "right") - 1
        read = offsets[own] >= 0
        return offsets[own[read]] + rows[read] - self._clusters.starts[own[read]]
