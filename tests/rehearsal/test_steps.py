from functools import partial

import pytest

from rehearsal.engine import RehearsalError
from rehearsal.steps import expect_none, step, words


def park(what: str) -> None:
    """What no retry can do is parked.

    And more of it.
    """


def test_a_step_answers_with_what_was_found_and_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert step("look", lambda: 7) == 7

    assert capsys.readouterr().out.endswith(" s  look\n")


def test_a_step_that_fails_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        step("divide", lambda: 1 // 0)

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("act", [park, partial(park, "a batch")])
def test_a_step_is_called_by_its_first_sentence(act: object) -> None:
    assert words(act) == "What no retry can do is parked."


@pytest.mark.parametrize("found", ["", set(), [], None])
def test_nothing_is_as_expected(found: object) -> None:
    assert expect_none("left behind", found) is None


def test_something_is_named() -> None:
    with pytest.raises(RehearsalError, match=r"left behind: .*a bucket"):
        expect_none("left behind", {"a bucket"})
