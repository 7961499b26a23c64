"""Packed ids are the tuple of ids that they were made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PackedIds, pack

IDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=8).map(tuple)


def packed(ids: tuple[str, ...]) -> PackedIds:
    raw, ends = pack(ids)
    return PackedIds(raw.tobytes(), ends)


@given(IDS)
def test_they_are_the_ids_they_were_made_of(ids: tuple[str, ...]) -> None:
    found = packed(ids)

    assert len(found) == len(ids)
    assert tuple(found) == found[:] == ids
    assert [found[-n] for n in range(1, len(ids) + 1)] == list(reversed(ids))


@given(IDS, st.slices(8))
def test_a_part_of_them_is_a_part_of_the_ids(ids: tuple[str, ...], part: slice) -> None:
    assert packed(ids)[part] == ids[part]


@pytest.mark.parametrize("place", [3, -4])
def test_there_are_no_more(place: int) -> None:
    with pytest.raises(IndexError):
        packed(("a", "b", "c"))[place]


BROKEN = {"too long": (b"abc", [1, 2]), "too short": (b"ab", [1, 3]), "back": (b"ab", [2, 1, 2]),
          "within a character": ("ö".encode(), [1, 2]), "no UTF-8": (b"\xff", [1])}


@pytest.mark.parametrize(("raw", "ends"), BROKEN.values(), ids=BROKEN)
def test_what_is_damaged_is_told_before_it_is_used(raw: bytes, ends: list[int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a decoder's own is one
        PackedIds(raw, np.array(ends, np.int64))
