import pytest

from rehearsal.deployed import until
from rehearsal.engine import RehearsalError


def test_what_comes_is_answered_with() -> None:
    looks = iter(["", "", "come"])

    assert until("it", lambda: next(looks), 60.0) == "come"


def test_what_does_not_come_is_named() -> None:
    with pytest.raises(RehearsalError, match="the letter: not within 0 s"):
        until("the letter", lambda: None, 0.0)


def test_what_can_no_longer_come_is_not_waited_for() -> None:
    def check() -> None:
        raise PermissionError("may not")

    with pytest.raises(PermissionError):
        until("it", lambda: None, 60.0, check)
