"""Places, gains and Gini beside plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.row import RowIndex, Rows
from model.answers import ask, gains, gini, shown
from model.split import Case
from tests.model.scene import history, index_of

CASES = [Case((), history((1, target))[0]) for target in (3, 9, 1)]
LISTS = [[1, 2, 3], [4, 5], [1]]


def ranked(_: object) -> "list[Rows]":
    return [np.array(best, np.int64) for best in LISTS]


def test_a_place_is_where_the_truth_stands() -> None:
    found = ask(lambda cases: iter(ranked(cases)), CASES, index_of(8), 3)

    assert found.rows.tolist() == [[1, 2, 3], [4, 5, 0], [1, 0, 0]]
    assert found.places.tolist() == [3, 0, 1]  # nobody knows 9, which is no match of padding


def test_rows_of_another_catalogue_are_said_in_the_common_one() -> None:
    theirs = RowIndex(np.array([1, 9, 3, 4, 77], np.uint64))

    found = ask(lambda cases: iter(ranked(cases)), CASES, theirs, 3, index_of(9))

    assert found.rows.tolist() == [[1, 9, 3], [4, 0, 0], [1, 0, 0]]  # 77 is in no log
    assert found.places.tolist() == [3, 0, 1]


def test_gains_by_hand() -> None:
    found = gains(np.array([1, 3, 6, 0]), 5)

    assert found["ndcg@5"] == pytest.approx([1, 0.5, 0, 0])  # 1 / log2(3 + 1)
    assert found["hr@5"].tolist() == [1, 1, 0, 0]
    assert found["mrr@5"] == pytest.approx([1, 1 / 3, 0, 0])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_gini_is_half_the_mean_difference(counts: list[int]) -> None:
    apart = sum(abs(a - b) for a in counts for b in counts)

    assert gini(np.array(counts)) == pytest.approx(apart / (2 * len(counts) * max(1, sum(counts))))


def test_what_is_shown_is_counted_without_padding() -> None:
    assert shown(np.array([[1, 3, 0], [3, 0, 0]], np.int32), 4).tolist() == [1, 0, 2, 0]
