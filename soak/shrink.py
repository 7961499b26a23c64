"""A counterexample -> the fewest kinds of fault that still give one like it."""

from collections.abc import Callable, Iterable

from soak.dice import Kind
from soak.seed import Outcome

Run = Callable[[frozenset[Kind]], Outcome]


def shrink(run: Run, kinds: Iterable[Kind], outcome: Outcome) -> tuple[frozenset[Kind], Outcome]:
    """Leave out one kind after the other while what goes wrong stays of the same sort.

    run: the same seed with these kinds. cost: one run for each kind.
    """
    left, wanted = frozenset(kinds), sorts(outcome)
    for kind in sorted(left):
        tried = run(left - {kind})
        if wanted & sorts(tried):
            left, outcome = left - {kind}, tried
    return left, outcome


def sorts(outcome: Outcome) -> set[str]:
    """What kinds of counterexample there are: state, replay, page, log, trends and so on."""
    return {problem.split(maxsplit=1)[0].rstrip(":") for problem in outcome.problems}
