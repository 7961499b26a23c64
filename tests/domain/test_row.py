"""Keys and rows of one catalogue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places import find
from domain.row import PADDING, RowIndex, directions

keys = st.lists(st.integers(0, 2**64 - 1), max_size=20, unique=True)


@given(keys, keys)
def test_a_key_has_the_row_it_stands_in_and_an_unknown_one_has_none(
    known: list[int], others: list[int]
) -> None:
    index = RowIndex(np.array(known, np.uint64))
    asked = [*others, *known]

    rows = index.rows(np.array(asked, np.uint64))

    assert rows.dtype == np.int64
    assert rows.tolist() == [known.index(k) + 1 if k in known else PADDING for k in asked]
    assert [index.row(key) for key in asked] == rows.tolist()
    assert [index.key(row) for row in rows.tolist() if row] == [k for k in asked if k in known]
    assert len(index) == len(known)


def test_keys_that_differ_beyond_a_floats_precision_are_told_apart() -> None:
    index = RowIndex(np.array([2**63 + 1, 2**63], np.uint64))

    rows = index.rows(np.array([2**63, 2**63 + 1, 2**63 + 2], np.uint64))

    assert rows.tolist() == [2, 1, 0]


@pytest.mark.parametrize("row", [0, -1, 3])
def test_a_row_without_an_item_has_no_key(row: int) -> None:
    index = RowIndex(np.array([5, 6], np.uint64))

    with pytest.raises(IndexError):
        index.key(row)


@given(st.lists(st.integers(0, 2**64 - 1), unique=True), st.sets(st.integers(0, 2**64 - 1)))
def test_rows_are_found_among_sorted_keys_as_key_by_key(keys: list[int], more: set[int]) -> None:
    index = RowIndex(np.array(keys, np.uint64))
    known = np.array(sorted({*keys[::2], *more}), np.uint64)

    places, is_there = index.among(known)

    wanted = find(known, index.keys)
    assert (places.tolist(), is_there.tolist()) == (wanted[0].tolist(), wanted[1].tolist())


def test_what_is_said_of_keys_lies_by_row() -> None:
    index = RowIndex(np.array([9, 3, 5], np.uint64))

    found = index.spread(np.array([5, 7, 9], np.uint64), np.array([1, 2, 4], np.float32))

    assert found.tolist() == [4, 0, 1]


def test_directions_have_length_1_and_nothing_has_none() -> None:
    found = directions(np.array([[3, 4], [0, 0], [0, -2]], np.float32))

    assert found == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0, -1]]))
