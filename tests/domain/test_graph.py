"""Votes of a history over the co-visitation graph, beside plain Python."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.graph import MAX_VOTERS, Graph, Votes

N_ROWS = 5
shares = st.floats(2**-7, 2**-2, width=32)
followers = st.lists(st.dictionaries(st.integers(1, N_ROWS - 1), shares),
                     min_size=N_ROWS, max_size=N_ROWS)
histories = st.lists(st.integers(1, N_ROWS - 1), max_size=2 * MAX_VOTERS)
decays = st.floats(0.5, 1.0)


def graph_of(edges: list[dict[int, float]]) -> Graph:
    return Graph(np.cumsum([0, *map(len, edges)]).astype(np.int64),
                 np.array([row for found in edges for row in found], np.int32),
                 np.array([share for found in edges for share in found.values()], np.float32))


@given(followers, histories, decays)
def test_votes_are_the_shares_of_the_newest_items_and_fade_with_each_step_back(
    edges: list[dict[int, float]], history: list[int], decay: float
) -> None:
    votes = graph_of(edges).vote(np.array(history, np.int64), decay)

    tally: dict[int, float] = defaultdict(float)
    for age, row in enumerate(history[::-1][:MAX_VOTERS]):
        for follower, share in edges[row].items():
            tally[follower] += share * decay**age
    rows, shares = votes.shares()
    assert rows.tolist() == sorted(tally)
    largest = max(tally.values(), default=1.0)
    assert shares.tolist() == pytest.approx([tally[r] / largest for r in sorted(tally)], rel=1e-4)
    assert shares.dtype == np.float32


@given(followers, histories, st.integers(1, N_ROWS - 1))
def test_the_places_that_voted_for_a_row_are_named_strongest_first(
    edges: list[dict[int, float]], history: list[int], row: int
) -> None:
    votes = graph_of(edges).vote(np.array(history, np.int64), 0.5)

    places = votes.places_for(row)

    voters = [p for p in range(len(history))[-MAX_VOTERS:] if row in edges[history[p]]]
    strength = {p: edges[history[p]][row] * 0.5 ** (len(history) - 1 - p) for p in voters}
    assert sorted(places) == voters
    assert [strength[p] for p in places] == pytest.approx(sorted(strength.values(), reverse=True))


@given(followers, st.integers(0, N_ROWS - 1))
def test_the_edges_of_a_row_are_its_own(edges: list[dict[int, float]], row: int) -> None:
    neighbours, weights = graph_of(edges).edges(row)

    assert dict(zip(neighbours.tolist(), weights.tolist(), strict=True)) == edges[row]


@given(st.lists(st.tuples(followers, histories), max_size=3))
def test_joined_votes_hold_every_ballot(
    parts: list[tuple[list[dict[int, float]], list[int]]]
) -> None:
    votes = [graph_of(edges).vote(np.array(history, np.int64), 0.9) for edges, history in parts]

    joined = Votes.join(votes)

    for column in range(3):
        assert joined[column].tolist() == [b for v in votes for b in v[column].tolist()]


def test_votes_of_weight_zero_are_shares_of_nothing() -> None:
    one = np.ones(1, np.int64)

    rows, shares = Votes(one, one, np.zeros(1, np.float32)).shares()

    assert (rows.tolist(), shares.tolist()) == ([1], [0.0])


def test_the_ballots_of_one_place_are_its_own() -> None:
    votes = Votes(np.array([1, 0, 1]), np.array([5, 6, 7]), np.array([1, 2, 3], np.float32))

    assert votes.by(1).rows.tolist() == [5, 7]
    assert votes.by(2).rows.tolist() == []
