"""What a ranker answered a set of cases, and what each answer was worth.

Every case has one true next item, so that a gain is told by the place at which it stands.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.row import PADDING, RowIndex, Rows
from model.split import Case

Reals = NDArray[np.float64]
Ranker = Callable[[Sequence[Case]], Iterator[Rows]]


class Answers(NamedTuple):
    """rows: (C, k) int32, best first, then 0.   places: (C,) of the truth, 0 where it is absent."""

    rows: NDArray[np.int32]
    places: Rows


def ask(
    ranker: Ranker, cases: Sequence[Case], index: RowIndex, k: int, common: RowIndex | None = None
) -> Answers:
    """Ask for k rows in each case; a target the ranker's catalogue does not know is absent.

    index: of the ranker's rows.   common: of those that are answered with, if they are others.
    """
    rows = np.zeros((len(cases), k), np.int32)
    for place, best in enumerate(ranker(cases)):
        rows[place, :len(best)] = best[:k]
    if common is not None:
        rows = np.append(PADDING, common.rows(index.keys)).astype(np.int32)[rows]
    targets = (common or index).rows(targets_of(cases))
    hits = (rows == targets[:, None]) & (targets != PADDING)[:, None]
    return Answers(rows, np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0))


def targets_of(cases: Sequence[Case]) -> NDArray[np.uint64]:
    """(C,) keys of what came next."""
    return np.fromiter((case.target.item for case in cases), np.uint64, len(cases))


def gains(places: Rows, k: int) -> dict[str, Reals]:
    """(C,) each: what the first k places of a list were worth, of one that is true.

    source: Järvelin & Kekäläinen 2002 (ndcg); Voorhees 1999 (mrr).
    """
    found = (places > 0) & (places <= k)
    at = np.where(found, places, 1)
    return {f"ndcg@{k}": found / np.log2(at + 1), f"hr@{k}": found.astype(np.float64),
            f"mrr@{k}": found / at}


def shown(rows: NDArray[np.int32], n_items: int) -> Rows:
    """(N,) in how many lists each item stands."""
    return np.bincount(rows.ravel(), minlength=n_items + 1)[1:]


def gini(counts: Rows) -> float:
    """0 = every item shown equally often, 1 = one item alone."""
    n, ordered = len(counts), np.sort(counts).astype(np.float64)
    if not ordered.sum():
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))
