"""What a soak found, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from soak.dice import Kind
from soak.seed import Outcome

MAX_TOLD = 5  # counterexamples of one seed


@dataclass
class Report:
    """Sums over seeds."""

    seeds: int = 0
    events: int = 0
    struck: Counter[Kind] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """One seed more; what happened in it is kept only when it failed."""
        self.seeds += 1
        self.events += outcome.events
        self.struck += outcome.struck
        if outcome.problems:
            self.failed.append(outcome)

    def lines(self, seconds: float) -> Iterator[str]:
        """The summary, and how each failing seed is run again."""
        for outcome in self.failed:
            yield from told(outcome)
        yield (f"{self.seeds:,} seeds, {self.events:,} events accepted, "
               f"{self.struck.total():,} faults, {len(self.failed)} counterexamples, "
               f"{seconds:.0f} s")
        yield ", ".join(f"{kind} {self.struck[kind]:,}" for kind in Kind)


def told(outcome: Outcome, story: Sequence[str] = ()) -> Iterator[str]:
    """One seed that failed: what is wrong, after what happened."""
    yield from story
    yield f"seed {outcome.seed}: python -m soak --seed {outcome.seed} --verbose"
    yield from (f"  {problem[:1000]}" for problem in outcome.problems[:MAX_TOLD])
    if len(outcome.problems) > MAX_TOLD:
        yield f"  and {len(outcome.problems) - MAX_TOLD} more"
