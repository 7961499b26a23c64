"""A counterexample loses every kind of fault that it does not need."""

from collections import Counter

from soak.dice import ALL, Kind
from soak.seed import Outcome
from soak.shrink import shrink, sorts


def outcome(*problems: str) -> Outcome:
    return Outcome(1, 10, Counter(), list(problems), [])


def test_only_the_kinds_that_are_needed_stay() -> None:
    needed = {Kind.ZOMBIE, Kind.RESTART}

    left, found = shrink(lambda kinds: outcome("log: it is lost") if needed <= kinds
                         else outcome(), ALL, outcome("log: another is lost"))

    assert left == needed
    assert found.problems == ["log: it is lost"]


def test_another_sort_of_counterexample_is_not_taken_for_the_same() -> None:
    left, _ = shrink(lambda kinds: outcome("state of a" if Kind.KILLED in kinds else "page: p"),
                     ALL, outcome("state of b"))

    assert left == {Kind.KILLED}


def test_sorts_are_told_by_the_first_word() -> None:
    assert sorts(outcome("state of ada: 1", "page: p is lost", "page: q")) == {"state", "page"}
