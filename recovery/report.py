"""What a rebuild did, and what it could not: every loss by name."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Counts by what was counted; a problem is a sentence that names what is not restored."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For a person: counts, then problems."""
        width = max(map(len, self.counts), default=0)
        return [*(f"{name:{width}}  {count:,}" for name, count in sorted(self.counts.items())),
                *(f"NOT RESTORED: {problem}" for problem in self.problems)]
