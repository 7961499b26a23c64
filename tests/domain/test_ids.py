"""The ids of a catalogue in one stretch of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Ids


@given(st.lists(st.text(max_size=9)))
def test_every_id_is_read_where_it_stands(ids: list[str]) -> None:
    found = Ids.of(ids)

    assert len(found) == len(ids)
    assert [found[place] for place in range(len(ids))] == ids
    assert list(found) == ids


def test_behind_the_last_there_is_none() -> None:
    with pytest.raises(IndexError):
        Ids.of(["a", "b"])[2]
