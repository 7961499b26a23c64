"""What functions used, summed; and what each call, record and event adds to it.

What a function uses of anything is taken as c0 x calls + c1 x records + c2 x events, fitted to the
sums of whole runs by least squares of the relative error.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

Coefficients = Mapping[str, tuple[float, float, float]]  # unit -> of a call, a record, an event


@dataclass(frozen=True, slots=True)
class Work:
    """Of how much: what a function was given, in one invocation or in many."""

    calls: float = 1.0
    records: float = 0.0
    events: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(*(a + b for a, b in zip(self.terms, other.terms, strict=True)))

    @property
    def terms(self) -> tuple[float, float, float]:
        """In the order of the coefficients."""
        return self.calls, self.records, self.events


@dataclass(slots=True)
class Tally:
    """One function's."""

    work: Work = field(default_factory=lambda: Work(0))
    used: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, work: Work, used: Mapping[str, float]) -> None:
        """Count one invocation."""
        self.work += work
        for unit, amount in used.items():
            self.used[unit] += amount

    def to_document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"work": self.work.terms, "used": dict(self.used)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` made."""
        found = cls(Work(*document["work"]))
        found.used.update(document["used"])
        return found


def fit(runs: Sequence[Tally]) -> Coefficients:
    """What agrees best with them; what two terms that always go together add is shared out.

    A page of one record takes a whole write unit; fitted by single invocations, small batches would
    say what large ones use.
    """
    terms = np.array([run.work.terms for run in runs])
    found: dict[str, tuple[float, float, float]] = {}
    for unit in sorted({unit for run in runs for unit in run.used}):
        amounts = np.array([run.used.get(unit, 0.0) for run in runs])
        weights = 1.0 / np.maximum(np.abs(amounts), 1.0)
        call, record, event = np.linalg.lstsq(
            terms * weights[:, None], amounts * weights, rcond=None)[0].tolist()
        found[unit] = call, record, event
    return found


def used_by(coefficients: Coefficients, work: Work) -> dict[str, float]:
    """What so much work uses; never less than nothing."""
    return {unit: max(0.0, sum(c * term for c, term in zip(each, work.terms, strict=True)))
            for unit, each in coefficients.items()}
