"""How a list goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cursor
from domain.event import EventError

tags = st.lists(st.integers(0, 2**32 - 1), max_size=50)


@given(tags)
def test_a_cursor_says_what_was_shown(passed: list[int]) -> None:
    text = cursor.write(passed)

    assert cursor.read(text) == tuple(passed)
    assert len(text) <= cursor.MAX_CHARS
    assert text.replace("-", "").replace("_", "").isalnum()  # goes into a URL as it is


def test_the_longest_cursor_is_read() -> None:
    passed = range(cursor.MAX_PASSED)

    text = cursor.write(passed)

    assert len(text) <= cursor.MAX_CHARS
    assert cursor.read(text) == tuple(passed)


@pytest.mark.parametrize("text", [
    "", "A", "abc", "é", "!!!!", cursor.write([1])[:-2], "Ag" + cursor.write([1])[2:],
    cursor.write(range(cursor.MAX_PASSED + 1)),
])
def test_what_no_answer_gave_is_refused(text: str) -> None:
    with pytest.raises(EventError, match="not one that an answer gave") as caught:
        cursor.read(text)

    assert caught.value.field == "cursor"


@given(st.integers(0, 2**64 - 1))
def test_a_tag_fits_a_cursor(key: int) -> None:
    assert cursor.read(cursor.write([cursor.tag(key)])) == (cursor.tag(key),)
