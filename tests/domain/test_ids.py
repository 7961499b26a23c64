"""The ids of a catalogue in one stretch of bytes are the tuple of ids they were made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Ids

IDS = st.lists(st.text(max_size=9), max_size=8).map(tuple)


@given(IDS)
def test_every_id_is_read_where_it_stands(ids: tuple[str, ...]) -> None:
    found = Ids.of(ids)

    assert len(found) == len(ids)
    assert [found[place] for place in range(len(ids))] == list(ids)
    assert tuple(found) == found[:] == ids
    assert [found[-n] for n in range(1, len(ids) + 1)] == list(reversed(ids))


@given(IDS)
def test_they_are_the_same_when_they_were_stored(ids: tuple[str, ...]) -> None:
    found = Ids.of(ids)

    again = Ids(found.raw, found.ends)

    again.check()
    assert tuple(again) == ids


@given(IDS, st.slices(8))
def test_a_part_of_them_is_a_part_of_the_ids(ids: tuple[str, ...], part: slice) -> None:
    assert Ids.of(ids)[part] == ids[part]


@pytest.mark.parametrize("place", [3, -4])
def test_there_are_no_more(place: int) -> None:
    with pytest.raises(IndexError):
        Ids.of(("a", "b", "c"))[place]


def test_more_than_one_piece_is_read_as_one() -> None:
    """The pieces that are checked end where they end, also within a character."""
    ids = ("a", "日" * 400_000)

    found = Ids.of(ids)

    found.check()
    assert found[:] == ids


BROKEN = {"too long": (b"abc", [1, 2]), "too short": (b"ab", [1, 3]), "back": (b"ab", [2, 1, 2]),
          "before the first": (b"ab", [-1, 2]), "of nothing": (b"ab", []),
          "within a character": ("ö".encode(), [1, 2]), "no UTF-8": (b"\xff", [1]),
          "half a character": ("ö".encode()[:1], [1])}


@pytest.mark.parametrize(("raw", "ends"), BROKEN.values(), ids=BROKEN)
def test_what_is_damaged_is_told_before_it_is_used(raw: bytes, ends: list[int]) -> None:
    found = Ids(np.frombuffer(raw, np.uint8), np.array(ends, np.int64))

    with pytest.raises(ValueError):  # noqa: PT011 - a decoder's own is one
        found.check()
