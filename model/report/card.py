"""What a report says, as data: the page is drawn of it, and programs read it as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from model.report.chance import Estimate

KS = (5, 10, 20, 50)
SHOWN = 10  # places of the lists of which all but accuracy is said

ByRanker = Mapping[str, Mapping[str, Estimate]]  # ranker -> metric -> how much


@dataclass(frozen=True, slots=True)
class Row:
    """One segment. scores: nothing where the segment has no cases."""

    label: str
    cases: int
    users: int
    scores: ByRanker


@dataclass(frozen=True, slots=True)
class Group:
    """One way to look at parts of the cases; segments may overlap."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Duel:
    """The model against one rival, asked the same. p_value: of the difference, by who asked."""

    rival: str
    metric: str
    difference: Estimate
    p_value: float


@dataclass(frozen=True, slots=True)
class Study:
    """All that one protocol says. beyond: what is no accuracy, of the first `SHOWN` places."""

    protocol: str
    cases: int
    users: int
    from_ms: int
    until_ms: int
    accuracy: ByRanker
    beyond: ByRanker
    duels: tuple[Duel, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One model's report.

    model:     version, when it was made and of what.   data: events, users and items there are.
    epoch_log: [epoch, loss, validation] of its training; empty where the model's card has none.
    notes:     what whoever reads it should know.
    """

    made_at: str
    model: Mapping[str, str | int]
    data: Mapping[str, int]
    studies: tuple[Study, ...]
    epoch_log: tuple[tuple[float, float, float], ...]
    notes: tuple[str, ...]
    version: int = 1

    def to_json(self) -> str:
        """As programs read it: an estimate is `{"value", "low", "high"}`, 95% between them."""
        return json.dumps(asdict(self), indent=1, allow_nan=False)
