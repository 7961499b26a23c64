"""A desk whose every part is given: one user, one model, surroundings that stand still."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from domain.budget import Budgets
from domain.experiment import Experiments
from domain.rollout import Rollout
from domain.rules import Rules
from domain.snapshot import EMPTY as NO_ITEMS
from domain.snapshot import CatalogSnapshot
from domain.trends import Trends, empty
from functions.desk import NO_BUDGETS, NO_EXPERIMENTS, Desk
from functions.scorer import Loaded
from functions.users import StoredUser
from tests.functions.stage import NOW_MS, VOCABULARY


class OneModel:
    """A scorer that holds what it is given; may fail."""

    def __init__(
        self, loaded: Loaded | None = None, candidate: Loaded | None = None,
        rollout: Rollout | None = None,
    ) -> None:
        self.loaded, self.candidate, self.rollout = loaded, candidate, rollout
        self.breaks = ""
        self.fails: Exception | None = None
        self.parts = 0  # scenes until it is loaded

    @property
    def is_loading(self) -> bool:
        """As `Scorer.is_loading`."""
        return self.parts > 0

    def current(self, now_ms: int) -> Loaded | None:
        """As `Scorer.current`."""
        if self.fails:
            raise self.fails
        self.parts = max(0, self.parts - 1)
        return self.loaded

    def look_anew(self) -> None:
        """As `Scorer.look_anew`."""


class Around:
    """Surroundings that change when they are told to."""

    def __init__(self, catalog: CatalogSnapshot = NO_ITEMS, trends: Trends | None = None) -> None:
        self.catalog, self.trends = catalog, trends or empty(NOW_MS)
        self.changed = False
        self.was_late = False

    def refresh(self, now_ms: int, *, is_late: bool = False) -> bool:
        """As `Surroundings.refresh`."""
        self.was_late = is_late
        return self.changed

    def look_anew(self) -> None:
        """As `Surroundings.look_anew`."""


class OneUser:
    """A table in which everybody is the same user; may fail."""

    def __init__(self, stored: StoredUser | Exception | None = None) -> None:
        self.stored = stored or StoredUser()
        self.asked = 0

    def get(self, subject: str) -> StoredUser:
        """As `Users.get`."""
        self.asked += 1
        if isinstance(self.stored, Exception):
            raise self.stored
        return self.stored


def desk(
    users: Any = None, scorer: Any = None, around: Any = None, rules: str = "[]",
    experiments: Experiments = NO_EXPERIMENTS,
    clock: Callable[[], float] = time.monotonic, budgets: Budgets = NO_BUDGETS,
) -> Desk:
    """A desk of these, or of what knows nothing."""
    known: Any = users or OneUser()
    model: Any = scorer or OneModel()
    surroundings: Any = around or Around()
    return Desk(known, model, surroundings, VOCABULARY, Rules.from_json(rules, VOCABULARY),
                Logger(service="test"), Counter(), experiments, clock, budgets)
