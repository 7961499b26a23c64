"""How much of a catalogue must be read."""

import numpy as np
import pytest

from domain.artifact import MIN_RECALL
from domain.blend import HIDDEN
from model.probing import Asker, every, exact_best, recall, search_of
from tests.domain.clustered import CLUSTERS, EVERY, REACH, SIZES, TABLE, N, search, user

QUIET = np.pad(np.zeros(N, np.float32), (1, 23), constant_values=HIDDEN)
QUIET[0] = HIDDEN


def askers(n: int, seen: int = 5) -> list[Asker]:
    chance = np.random.default_rng(4)
    return [Asker(user(seed), chance.choice(EVERY, seen, replace=False)) for seed in range(n)]


def test_the_exact_best_are_those_of_a_whole_sort_but_what_was_seen() -> None:
    asked = askers(5, seen=300)

    best = exact_best(TABLE, QUIET, asked)

    for asker, rows in zip(asked, best, strict=True):
        scores = TABLE.vectors(slice(None)) @ asker.vector + QUIET
        scores[asker.seen] = HIDDEN
        assert scores[rows] == pytest.approx(np.sort(scores)[::-1][:10], abs=1e-4)


def test_of_a_catalogue_that_was_all_seen_nothing_is_wanted() -> None:
    asked = [Asker(user(1), EVERY)]

    best = exact_best(TABLE, QUIET, asked)

    assert best[0].tolist() == []
    assert recall(search(1), TABLE, QUIET, asked, best) == 1.0
    assert search_of(TABLE, CLUSTERS, QUIET, 2 * asked, REACH).recall == 1.0


def test_no_more_is_read_than_finds_enough() -> None:
    asked = askers(120)

    found = search_of(TABLE, CLUSTERS, QUIET, asked, REACH)

    best = exact_best(TABLE, QUIET, asked)
    rates = [recall(search(n), TABLE, QUIET, asked[60:], best[60:])
             for n in range(1, len(SIZES) + 1)]
    assert rates[-1] == 1.0
    assert rates[0] < MIN_RECALL <= found.recall == round(rates[found.probes - 1], 4)
    assert found.probes < len(SIZES)
    assert (found.clusters, found.users) == (len(SIZES), 60)


def test_where_nobody_asks_all_is_read() -> None:
    assert search_of(TABLE, CLUSTERS, QUIET, askers(1)) == every(CLUSTERS)
    assert every(CLUSTERS).probes == len(SIZES)


def test_a_bias_that_outweighs_all_needs_no_clusters() -> None:
    shared = QUIET.copy()
    shared[1:N + 1] = np.linspace(1000, 0, N)

    assert search_of(TABLE, CLUSTERS, shared, askers(20), REACH).probes == 1
