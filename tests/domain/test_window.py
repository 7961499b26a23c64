"""The window beside plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import Interaction, merge
from domain.row import PADDING, RowIndex
from domain.window import encode, pad
from tests.domain.strategies import NOW_MS, VOCABULARY

KNOWN = [2**64 - 1, 5, 2**63]
INDEX = RowIndex(np.array(KNOWN, np.uint64))
histories = st.lists(st.builds(
    Interaction,
    at_ms=st.integers(NOW_MS - 10**7, NOW_MS + 10**4) | st.integers(0, NOW_MS),
    item=st.sampled_from([*KNOWN, 6, 7]), type=st.sampled_from([0, 1, 2, 7, 8, 200]),
    value=st.none() | st.floats(0, 5),
), max_size=12).map(lambda found: merge((), found))
speaking = {t.code for t in VOCABULARY.types if t.weight != 0}


@given(histories, st.integers(0, 6))
def test_a_window_is_the_newest_interactions_that_the_model_can_read(
    history: tuple[Interaction, ...], length: int
) -> None:
    window = encode(history, INDEX, VOCABULARY, NOW_MS, length)

    read = [e for e in history if e.item in KNOWN and e.type in speaking]
    read = read[len(read) - min(length, len(read)):]
    assert window.rows.tolist() == [KNOWN.index(e.item) + 1 for e in read]
    assert window.ages_s.tolist() == [max(0, NOW_MS - e.at_ms) // 1000 for e in read]
    assert window.types.tolist() == [e.type for e in read]
    assert {part.dtype for part in window} == {np.dtype(np.int64)}


@given(histories, st.integers(12, 15))
def test_padding_comes_before_what_was_done(
    history: tuple[Interaction, ...], length: int
) -> None:
    window = encode(history, INDEX, VOCABULARY, NOW_MS, 12)

    padded = pad(window, length)

    missing = length - len(window.rows)
    for part, plain in zip(padded, window, strict=True):
        assert part.tolist() == [PADDING] * missing + plain.tolist()
        assert part.dtype == np.int64


def test_a_window_longer_than_the_place_for_it_is_an_error() -> None:
    window = encode([Interaction(NOW_MS, 5, 2)], INDEX, VOCABULARY, NOW_MS, 1)

    with pytest.raises(ValueError, match="negative"):
        pad(window, 0)
