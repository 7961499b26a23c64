"""The summary says what was run, what struck, and how to run again what failed."""

from collections import Counter

from soak.dice import Kind
from soak.report import MAX_TOLD, Report, told
from soak.seed import Outcome

GOOD = Outcome(1, 1200, Counter({Kind.KILLED: 3}), [], ["killed: here"])
BAD = Outcome(2, 30, Counter({Kind.KILLED: 1, Kind.RESHARD: 2}),
              [f"page: {n} is lost" for n in range(MAX_TOLD + 2)], ["reshard: a splits"])


def test_sums_are_of_all_seeds() -> None:
    report = Report()
    report.add(GOOD)
    report.add(BAD)

    *_, summary, kinds = report.lines(12.4)

    assert summary == "2 seeds, 1,230 events accepted, 6 faults, 1 counterexamples, 12 s"
    assert "killed 4" in kinds
    assert "reshard 2" in kinds
    assert "zombie 0" in kinds


def test_a_failing_seed_says_how_it_is_run_again() -> None:
    report = Report()
    report.add(BAD)

    lines = list(report.lines(1.0))

    assert lines[0] == "seed 2: python -m soak --seed 2 --verbose"
    assert lines[1] == "  page: 0 is lost"
    assert lines[1 + MAX_TOLD] == "  and 2 more"


def test_what_happened_comes_before_what_is_wrong() -> None:
    lines = list(told(BAD, BAD.story))

    assert lines[0] == "reshard: a splits"
