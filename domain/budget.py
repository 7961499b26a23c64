"""Where a deployment explores, and how much of each list: its setting `exploration`.

`{"recommendations": {"share": 0.1, "first": 3}, "slates": {"share": 0.2}, "slates.hero": {"share":
0}}`: by the surface, or by `slates.` and the name of a placement, which goes before `slates`.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from domain import setting
from domain.schema import compile_schema

MAX_SHARE = 0.5  # a list is for its reader first
_SURFACES = r"^(recommendations|similar|trending|slates(\.[^\x00-\x1f\x7f]{1,64})?)(?![\s\S])"
_SETTING: dict[str, Any] = {
    "type": "object",
    "propertyNames": {
        "type": "string", "pattern": _SURFACES,
        "description": "must be recommendations, similar, trending, slates or slates.PLACEMENT"},
    "additionalProperties": {
        "type": "object",
        "required": ["share"],
        "additionalProperties": False,
        "properties": {
            "share": {"type": "number", "minimum": 0, "maximum": MAX_SHARE},
            "first": {"type": "integer", "minimum": 1, "maximum": 500},
        },
    },
}
_check = compile_schema(_SETTING)


class BudgetError(ValueError):
    """A deployment explores where or as it may not."""


class Budget(NamedTuple):
    """What one surface spends. share: of the places of a list; first: place, from 1, of the best.

    A list of k places has the whole part of share * k for exploration, none before `first`.
    """

    share: float = 0.1
    first: int = 2

    def places(self, k: int) -> int:
        """How many of k places."""
        return max(0, min(math.floor(self.share * k + 1e-9), k - self.first + 1))


class Budgets(NamedTuple):
    """What every surface spends; one that is not named explores nothing."""

    by_surface: Mapping[str, Budget] = {}

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the setting. raises: BudgetError, naming what is wrong."""
        said = setting.decoded("exploration", text, BudgetError)
        setting.hold("exploration", said, _check, BudgetError)
        return cls({surface: Budget(**budget) for surface, budget in said.items()})

    def of(self, surface: str, placement: str = "") -> Budget | None:
        """Of a list, or of a placement of slates; None where nothing is explored."""
        budget = self.by_surface.get(f"{surface}.{placement}", self.by_surface.get(surface))
        return budget if budget and budget.share else None
