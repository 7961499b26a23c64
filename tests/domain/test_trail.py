"""A share of requests is followed, the same ones by everybody."""

from hypothesis import given
from hypothesis import strategies as st

from domain.trail import is_followed

shares = st.floats(0, 1)


@given(st.text(), shares, shares)
def test_whoever_follows_less_follows_none_that_the_other_does_not(
    request_id: str, a: float, b: float
) -> None:
    less, more = sorted((a, b))

    assert is_followed(request_id, less) <= is_followed(request_id, more)


@given(st.text())
def test_nothing_and_everything_are_shares_too(request_id: str) -> None:
    assert not is_followed(request_id, 0.0)
    assert is_followed(request_id, 1.0)


def test_the_share_is_about_what_was_asked_for() -> None:
    followed = sum(is_followed(f"request-{n}", 0.1) for n in range(10_000))

    assert 900 < followed < 1_100
