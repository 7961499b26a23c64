"""What a list is worth beside being right: how new, varied, personal and fair to taste it is.

Every function answers with one value a case, and no number where it cannot say.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.row import Floats, Rows
from model.answers import Reals
from model.report.chance import Figure
from model.report.shelf import Shelf

SMOOTHING = 0.01  # of the list's shares with the history's. source: Steck 2018, section 3
CELLS = 2_000_000  # at once
Lists = NDArray[np.int32]


def novelty(rows: Lists, shelf: Shelf) -> Reals:
    """(C,) bits: mean surprise that one user of all had to do with the item.

    One user more is counted for each item, so that those of nobody are no infinite surprise.
    source: Zhou et al. 2010, self-information.
    """
    return _mean(-np.log2((shelf.people + 1) / (shelf.users + 1))[rows], rows > 0)


def popularity(rows: Lists, histories: Sequence[Rows], shelf: Shelf) -> Figure:
    """Mean popularity of what is shown, over that of what the same people did before.

    source: Abdollahpouri et al. 2019, group average popularity.
    """
    shown = _mean(shelf.popularity[rows], rows > 0)
    done = np.array([shelf.popularity[history].mean() if len(history) else np.nan
                     for history in histories])
    both = ~np.isnan(shown + done)
    return Figure(np.where(both, shown, 0), np.where(both, done, 0))


def unlike_by_vectors(rows: Lists, vectors: Floats, places: Rows) -> Reals:
    """(C,) 1 - mean cosine of the pairs of a list. vectors: (V, D) at `places` (C, K), or 0."""
    found = np.full(len(rows), np.nan)
    step = max(1, CELLS // (rows.shape[1] * vectors.shape[1]))
    for start in range(0, len(rows), step):
        chosen = vectors[places[start:start + step]] * (rows[start:start + step] > 0)[..., None]
        n = (chosen != 0).any(axis=2).sum(axis=1)
        total = np.square(chosen.sum(axis=1, dtype=np.float64)).sum(axis=1)
        pairs = np.where(n > 1, n * (n - 1), np.nan)
        found[start:start + step] = 1 - (total - n) / pairs  # each has a length of 1
    return found


def unlike_by_categories(rows: Lists, shelf: Shelf) -> Reals:
    """(C,) mean Jaccard distance of the pairs of a list which both have categories.

    source: Ziegler et al. 2005, intra-list similarity.
    """
    apart, pairs = np.zeros(len(rows)), np.zeros(len(rows))
    step = max(1, CELLS // shelf.categories.shape[1] ** 2)
    for start in range(0, len(rows), step):
        chunk = slice(start, start + step)
        named = shelf.categories[rows[chunk]]
        sizes = (named > 0).sum(axis=2)
        for a, b in zip(*np.triu_indices(rows.shape[1], 1), strict=True):
            same = (named[:, a, :, None] == named[:, b, None, :]) & (named[:, a, :, None] > 0)
            common, both = same.sum(axis=(1, 2)), (sizes[:, a] > 0) & (sizes[:, b] > 0)
            union = np.where(both, sizes[:, a] + sizes[:, b] - common, 1)
            apart[chunk] += both * (1 - common / union)
            pairs[chunk] += both
    return apart / np.where(pairs > 0, pairs, np.nan)


def miscalibration(rows: Lists, histories: Sequence[Rows], shelf: Shelf) -> Reals:
    """(C,) nats: how far the categories of a list are from those of its user's history.

    An item's categories share it evenly. source: Steck 2018, "Calibrated recommendations", KL.
    """
    found = np.full(len(rows), np.nan)
    step = max(1, CELLS // len(shelf.names))
    for start in range(0, len(rows), step):
        liked = _tastes(histories[start:start + step], shelf)
        listed = _tastes(list(rows[start:start + step]), shelf)
        near = (1 - SMOOTHING) * listed + SMOOTHING * liked
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(liked > 0, liked * np.log(liked / near), 0.0)
        known = liked.any(axis=1) & listed.any(axis=1)
        found[start:start + step] = np.where(known, parts.sum(axis=1), np.nan)
    return found


def personalization(rows: Lists) -> float:
    """1 - mean share that two lists have in common; one list a user, of any length."""
    n, counts = len(rows), np.bincount(rows[rows > 0])
    if n < 2:
        return 0.0
    return float(1 - (counts * (counts - 1.0)).sum() / (n * (n - 1) * rows.shape[1]))


def _tastes(lists: Sequence[Rows] | Sequence[Lists], shelf: Shelf) -> Reals:
    """(n, names) share of each category in each list; zeros where no item has one."""
    width = len(shelf.names)
    named = shelf.categories[np.concatenate(lists).astype(np.int64)]
    owners = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    sizes = (named > 0).sum(axis=1)
    weights = (named > 0) / np.where(sizes > 0, sizes, 1)[:, None]
    cells = (owners[:, None] * width + named).ravel()
    sums = np.bincount(cells, weights.ravel(), len(lists) * width).reshape(len(lists), width)
    totals = sums.sum(axis=1, keepdims=True)
    return np.asarray(sums / np.where(totals > 0, totals, 1))


def _mean(values: Reals, mask: NDArray[np.bool_]) -> Reals:
    n = mask.sum(axis=1)
    return np.asarray((values * mask).sum(axis=1) / np.where(n > 0, n, np.nan))
