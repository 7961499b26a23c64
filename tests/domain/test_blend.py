"""How the parts of a score are mixed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from domain.artifact import Blend
from domain.blend import HIDDEN, Base, base, bias, popularity_part
from domain.graph import Votes

counts = hn.arrays(np.float32, st.integers(0, 9), elements=st.floats(-100, 1e9, width=32))
BLEND = Blend(encoder=2.0, graph=3.0, popularity=0.5)


@given(counts)
def test_popularity_is_a_share_of_the_largest_on_a_log_scale(found: np.ndarray) -> None:
    before = found.copy()

    part = popularity_part(found)

    assert found.tolist() == before.tolist()
    assert popularity_part(before, out=before) is before
    assert before.tolist() == part.tolist()
    assert ((part >= 0) & (part <= 1)).all()
    assert (part.dtype.name, part.shape) == ("float32", found.shape)
    assert (part[found <= 0] == 0).all()
    if (found > 0).any():
        wanted = np.log1p(np.maximum(found, 0)) / np.log1p(found.max())
        assert part == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("hidden", [np.array([0, 2]), np.array([True, False, True])])
def test_what_is_hidden_is_out_of_every_list(hidden: np.ndarray) -> None:
    counts = np.expm1(np.array([1.0, 0.5, 0.25], np.float32))

    shared = base(BLEND, counts, hidden)

    assert shared.tolist() == pytest.approx([HIDDEN, 0.25, HIDDEN])


def test_votes_are_added_for_one_request_only() -> None:
    shared = base(BLEND, np.array([0.0, 1.0, 0.0], np.float32), np.array([0]))
    votes = Votes(np.array([0, 1, 1]), np.array([2, 2, 0]), np.array([.1, .1, .1], np.float32))

    mixed = bias(BLEND, Base.of(shared, 3), votes).table.whole()

    assert mixed[1:].tolist() == [0.5, 3.0]
    assert mixed[0] < HIDDEN / 2
    assert shared.tolist() == [HIDDEN, 0.5, 0.0]
    assert mixed.dtype == np.float32


def test_without_votes_the_bias_is_what_all_requests_share() -> None:
    shared = base(BLEND, np.ones(5, np.float32), np.array([0]))

    found = bias(BLEND, Base.of(shared, 3), Votes.join([]))

    assert found.table.whole().tolist() == shared[:3].tolist()
    assert found.newcomers.whole().tolist() == shared[3:].tolist()
    assert found.voted(np.array([4, 1])).tolist() == [0, 0]


def test_a_vote_for_a_newcomer_counts_as_one_for_any_row() -> None:
    shared = Base.of(np.zeros(6, np.float32), 4)
    votes = Votes(np.array([0, 0]), np.array([5, 2]), np.array([.4, .2], np.float32))

    found = bias(BLEND, shared, votes)

    assert found.voted(np.arange(6)).tolist() == [0, 0, 1.5, 0, 0, 3]
    assert found.newcomers.whole().tolist() == [0, 3]


def test_the_bias_of_some_rows_is_found_in_the_table_and_behind_it() -> None:
    shared = Base.of(np.arange(5, dtype=np.float32), 3)

    assert shared.at(np.array([4, 1, 3])).tolist() == [4, 1, 3]
