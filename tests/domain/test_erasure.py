"""The mark of an erasure: who and when, and no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.erasure import ErasureError, mark_of, read_mark
from domain.event import MAX_TIME_MS
from domain.key import subject_hash
from domain.layout import ERASURES
from tests.domain.strategies import times_ms


@given(st.text(), times_ms)
def test_a_mark_tells_who_was_erased_and_when(subject: str, at_ms: int) -> None:
    assert read_mark(mark_of(subject, at_ms)) == (subject_hash(subject), at_ms)


def test_a_mark_names_nobody_and_fits_any_time() -> None:
    key = mark_of("ann@example.org", MAX_TIME_MS)

    assert "ann" not in key
    assert key.startswith(ERASURES)
    assert len(key) == len(mark_of("bob", 0))


@pytest.mark.parametrize("key", ["", ERASURES, "events/x", mark_of("ann", 1) + "0",
                                 mark_of("ann", 1).upper()])
def test_what_is_no_mark_is_refused(key: str) -> None:
    with pytest.raises(ErasureError):
        read_mark(key)
