from hypothesis import given
from hypothesis import strategies as st

from domain.validator import is_known, tag_of

LISTED = {"recommendation_id": "a", "items": [{"item_id": "i1", "score": 0.5}]}


def test_what_says_the_same_has_one_tag() -> None:
    assert tag_of(LISTED) == tag_of({**LISTED, "recommendation_id": "b"})
    assert tag_of("page") == tag_of("page")


def test_what_says_something_else_has_another() -> None:
    assert tag_of(LISTED) != tag_of({**LISTED, "items": []})
    assert tag_of("page") != tag_of("Page")


@given(st.text())
def test_a_tag_is_a_weak_one_that_a_header_can_carry(text: str) -> None:
    tag = tag_of(text)

    assert tag.isascii()
    assert tag[:3] == 'W/"'
    assert tag[-1] == '"'
    assert len(tag) < 40


def test_a_caller_holds_what_it_names_whether_weak_or_not() -> None:
    tag = tag_of(LISTED)

    assert is_known(tag, tag)
    assert is_known(tag, f'"other", {tag}')
    assert is_known(tag, tag.removeprefix("W/"))
    assert is_known(tag, "*")


def test_a_caller_holds_nothing_else() -> None:
    assert not is_known(tag_of(LISTED), "")
    assert not is_known(tag_of(LISTED), 'W/"other"')
