"""Least squares beside the same written out, in training and where a user is folded in."""

import numpy as np
import pytest
import torch

from domain.row import Rows
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.encoders.fold_in import ALPHA, REGULARIZATION, FoldIn
from model.factors import Factors, factorize, solved

WIDTH, N_ROWS = 64, 300
LIKING = Vocabulary().liking
CLICK, DISLIKE = (Vocabulary().by_name[name].code for name in ("click", "dislike"))


def sequences(users: int = 120, most: int = 50) -> list[Rows]:
    chance = np.random.default_rng(4)
    return [1 + chance.zipf(1.4, chance.integers(1, most)) % (N_ROWS - 1) for _ in range(users)]


def exact(factors: Factors, rows: Rows) -> np.ndarray:
    """The x that is best for one user, found over all items with a weight for each."""
    events = np.bincount(rows, minlength=len(factors))
    weights = 1 + ALPHA * events
    left = factors.T @ (weights[:, None] * factors) + REGULARIZATION * np.eye(factors.shape[1])
    return np.asarray(np.linalg.solve(left, factors.T @ ((1 + ALPHA) * events)))


def test_one_side_is_solved_as_the_formula_says() -> None:
    fixed = np.random.default_rng(1).normal(size=(N_ROWS, 8))
    walks = sequences(5)
    own = np.repeat(np.arange(6), [0, *map(len, walks)])  # the first has no events

    found = solved(fixed, own, np.concatenate(walks), 6)

    assert not found[0].any()
    for user, rows in enumerate(walks, start=1):
        np.testing.assert_allclose(found[user], exact(fixed, rows), atol=1e-9)


def test_who_likes_the_same_is_led_to_the_same() -> None:
    chance = np.random.default_rng(2)
    walks = [chance.choice(np.arange(1, 21) + 20 * (user % 2), 8) for user in range(60)]

    factors = factorize(walks, 42, 8, seed=3)

    mine = factors @ exact(factors, np.array([1, 2, 3]))
    assert mine[4:21].min() > mine[21:41].max()
    assert not factors[0].any()
    assert not factors[41].any()  # nobody liked it


def test_factors_are_the_same_every_time() -> None:
    np.testing.assert_array_equal(factorize(sequences(), N_ROWS, 8, 5),
                                  factorize(sequences(), N_ROWS, 8, 5))


@pytest.mark.parametrize("length", [1, 5, 50])
def test_folding_in_is_the_exact_solution(length: int) -> None:
    factors = factorize(sequences(), N_ROWS, WIDTH, 5)
    user = FoldIn(TrainConfig(width=WIDTH))
    user.over(torch.from_numpy(factors), LIKING)
    rows = np.random.default_rng(length).integers(1, 60, (4, length))  # some of them twice
    types = np.where(np.arange(length) % 4 == 3, DISLIKE, CLICK)

    vectors = torch.from_numpy(factors[rows]).float()
    asked = torch.zeros(rows.shape), torch.from_numpy(np.tile(types, (4, 1)))
    found = user(vectors, *asked, last_only=True)[:, 0].numpy()

    for mine, seen in zip(found, rows, strict=True):
        wanted = exact(factors, seen[types == CLICK])
        assert np.linalg.norm(mine - wanted) < 1e-3 * np.linalg.norm(wanted)
