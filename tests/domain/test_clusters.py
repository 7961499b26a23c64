"""A search in clusters: exact in what it reads, and it reads until there is enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arrays import ArraysError, save
from domain.blend import HIDDEN, Bias
from domain.clusters import Clusters
from tests.domain.clustered import (
    CLUSTERS,
    EVERY,
    REACH,
    SIZES,
    STARTS,
    TABLE,
    N,
    bias,
    exact,
    search,
    user,
)

QUIET = Bias(np.pad(np.zeros(N, np.float32), (1, 23), constant_values=HIDDEN),
             np.zeros(0, np.int64), np.zeros(0, np.float32))
seeds = st.integers(0, 2**32 - 1)
shares = st.sampled_from([1.0, 0.9, 0.5, 0.1, 0.01, 0.0])


def test_clusters_survive_their_bytes() -> None:
    read = Clusters.from_bytes(CLUSTERS.to_bytes(), TABLE)

    assert read.centroids.tolist() == CLUSTERS.centroids.tolist()
    assert read.starts.tolist() == STARTS.tolist()


def test_bytes_that_are_no_clusters_are_refused() -> None:
    with pytest.raises(ArraysError):
        Clusters.from_bytes(save({}, {}), TABLE)


@pytest.mark.parametrize("other", [
    CLUSTERS._replace(centroids=CLUSTERS.centroids[:, :-1]), CLUSTERS._replace(starts=STARTS[:-1]),
    CLUSTERS._replace(starts=STARTS + 1), CLUSTERS._replace(starts=STARTS * (STARTS[2] != STARTS)),
    CLUSTERS._replace(starts=1 + 2 * (STARTS - 1)),
])
def test_clusters_of_another_table_are_refused(other: Clusters) -> None:
    with pytest.raises(ArraysError, match="not those of this table"):
        Clusters.from_bytes(other.to_bytes(), TABLE)


@given(seeds, shares, st.integers(0, 300), st.integers(1, 200))
def test_with_every_cluster_read_it_is_the_exact_scan(
    seed: int, shown: float, n_lifted: int, k: int
) -> None:
    asked, masked = user(seed), bias(seed, shown, n_lifted)

    scores, rows = search(len(SIZES)).score(asked, masked, k)

    wanted = exact(asked, masked)
    best = np.sort(wanted[wanted > HIDDEN / 2])[::-1][:k]
    assert scores == pytest.approx(best, abs=1e-4)
    assert scores == pytest.approx(wanted[rows], abs=1e-4)
    assert len(set(rows.tolist())) == len(rows)


def test_without_ties_even_the_rows_are_those_of_the_exact_scan() -> None:
    asked, lifted = user(3), bias(3, 1.0, 50)

    _, rows = search(len(SIZES)).score(asked, lifted, 50)

    assert rows.tolist() == np.argsort(-exact(asked, lifted), kind="stable")[:50].tolist()


@given(seeds, st.integers(1, len(SIZES)), shares, st.integers(0, 300), st.integers(1, 100))
def test_however_little_is_read_scores_are_right_and_nothing_hidden_or_twice(
    seed: int, probes: int, shown: float, n_lifted: int, k: int
) -> None:
    asked, masked = user(seed), bias(seed, shown, n_lifted)

    scores, rows = search(probes).score(asked, masked, k)

    wanted = exact(asked, masked)
    assert scores == pytest.approx(wanted[rows], abs=1e-4)
    assert (np.diff(scores) <= 0).all()
    assert (wanted[rows] > HIDDEN / 2).all()
    assert len(set(rows.tolist())) == len(rows) == min(k, int((wanted > HIDDEN / 2).sum()))


def test_what_was_voted_for_is_found_wherever_it_lies() -> None:
    asked = user(5)
    worst = int(np.argmin(exact(asked, QUIET)[1:N + 1])) + 1
    voted = Bias(QUIET.shared, np.array([worst]), np.array([100], np.float32))

    _, rows = search(1).score(asked, voted, 10)

    assert rows[0] == worst
    assert worst not in search(1).score(asked, QUIET, 10)[1]


def test_what_everybody_does_is_found_wherever_it_lies() -> None:
    shared = QUIET.shared.copy()
    popular = np.random.default_rng(2).choice(EVERY, 20, replace=False)
    shared[popular] = 100

    _, rows = search(1).score(user(6), QUIET._replace(shared=shared), 20)

    assert set(rows.tolist()) == set(popular.tolist())


def test_few_that_may_be_shown_are_all_found() -> None:
    asked, masked = user(7), bias(7, 0.05, 0)
    (shown,) = np.nonzero(masked.shared > HIDDEN / 2)
    assert 0 < len(shown) < REACH.few

    _, rows = search(1).score(asked, masked, N)

    assert sorted(rows.tolist()) == shown.tolist()


def test_a_masked_cluster_is_not_all_that_is_read() -> None:
    """The nearest holds nothing that may be shown: the next ones are read as well."""
    nearest = int(np.argmax(SIZES))
    asked = (20 * CLUSTERS.centroids[nearest]).astype(np.float32)
    shared = QUIET.shared.copy()
    shared[STARTS[nearest]:STARTS[nearest + 1]] = HIDDEN
    masked = QUIET._replace(shared=shared)

    scores, _ = search(1).score(asked, masked, 10)

    assert scores == pytest.approx(np.sort(exact(asked, masked))[::-1][:10], abs=1e-4)


def test_another_bias_is_another_answer_and_the_first_one_comes_back() -> None:
    asked, found = user(8), search(2)
    first, second = bias(8, 1.0, 0), bias(9, 1.0, 0)

    answers = [found.score(asked, given, 10)[1].tolist() for given in (first, first, second, first)]

    assert answers[0] == answers[1] == answers[3] != answers[2]
