"""Places in sorted keys, beside a plain search."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.places import find, lacking, spans, spliced

keys = st.lists(st.sampled_from([0, 1, 5, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1),
                max_size=8)


def as_keys(found: list[int]) -> np.ndarray:
    return np.array(found, np.uint64)


@given(keys, keys)
def test_a_key_is_found_where_it_stands_or_not_at_all(known: list[int], asked: list[int]) -> None:
    known = sorted(set(known))

    places, is_there = find(as_keys(known), as_keys(asked))

    assert is_there.tolist() == [key in known for key in asked]
    assert [known[place] for place in places[is_there]] == [key for key in asked if key in known]


@given(keys, keys)
def test_what_is_lacking_fits_in(known: list[int], asked: list[int]) -> None:
    known = sorted(set(known))

    new, slots = lacking(as_keys(known), as_keys(asked))

    assert np.insert(as_keys(known), slots, new).tolist() == sorted({*known, *asked})


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5))))
def test_spans_follow_each_other(found: list[tuple[int, int]]) -> None:
    starts, sizes = (np.array([one[n] for one in found], np.int64) for n in (0, 1))

    assert spans(starts, sizes).tolist() == [
        start + n for start, size in found for n in range(size)]


@given(st.lists(st.tuples(st.booleans(), st.floats(-1, 1, width=32)), max_size=20))
def test_two_parts_come_back_in_the_order_of_the_whole(both: list[tuple[bool, float]]) -> None:
    is_late = np.array([late for late, _ in both], np.bool_)
    whole = np.array([value for _, value in both], np.float32)

    assert spliced(is_late, whole[~is_late], whole[is_late]).tolist() == whole.tolist()
