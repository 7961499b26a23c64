"""Matrix factorization by alternating least squares, of who liked what.

    minimize  sum over all users and items of (x . y)**2
            + sum over events of (1 + ALPHA) (1 - x . y)**2 - (x . y)**2
            + REGULARIZATION (|x|**2 + |y|**2)

so that an event counts as often as it happened, and serving solves the same for its user.
source: Hu, Koren & Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets".
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from domain.row import Rows
from model.encoders.fold_in import ALPHA, REGULARIZATION

ROUNDS = 15
Factors = NDArray[np.float64]


def factorize(sequences: Sequence[Rows], n_rows: int, width: int, seed: int) -> Factors:
    """(n_rows, width) float64 item factors; 0 for rows that nobody liked.

    cost: each round events * D**2 + (users + items) * D**3, in one thread.
    """
    rows = np.concatenate([np.zeros(0, np.int64), *sequences])
    users = np.repeat(np.arange(len(sequences)), [len(one) for one in sequences])
    items: Factors = np.random.default_rng(seed).normal(size=(n_rows, width)) / width
    items *= (np.bincount(rows, minlength=n_rows) > 0)[:, None]
    for _ in tqdm(range(ROUNDS), desc="factorizing", unit="round", disable=None):
        people = solved(items, users, rows, len(sequences))
        items = solved(people, rows, users, n_rows)
    return items


def solved(fixed: Factors, own: Rows, others: Rows, n: int) -> Factors:
    """(n, D) the least squares of each one, whose event e is with `others[e]` of `fixed`."""
    order = np.argsort(own, kind="stable")
    ends = np.cumsum(np.bincount(own, minlength=n))
    whole = fixed.T @ fixed + REGULARIZATION * np.eye(fixed.shape[1])
    found = np.zeros((n, fixed.shape[1]))
    for one, mine in enumerate(np.split(others[order], ends[:-1])):
        seen = fixed[mine]
        found[one] = np.linalg.solve(whole + ALPHA * seen.T @ seen, (1 + ALPHA) * seen.sum(axis=0))
    return found
