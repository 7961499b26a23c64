"""Two rankings in one list, and which of them its clicks prefer.

It takes far fewer users than an experiment, since each sees both.

Team draft: round by round a coin says which ranking picks first, then each picks its best item that
is not yet on the list, and owns it. At every place either owns the item as often as the other, so
that clicks at random prefer neither.

source: Radlinski, Kurup, Joachims, "How Does Clickthrough Data Reflect Retrieval Quality?", CIKM
2008; Chapelle, Joachims, Radlinski, Yue, "Large-Scale Validation and Analysis of Interleaved Search
Evaluation", ACM TOIS 2012.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from domain.evidence import ALPHA, MIN_USERS, always_radius, once_radius, p_of
from domain.key import share_of
from domain.teams import NEITHER, A, B, Slot

# Where the intervals for every look are narrowest: each user compares both, so that few are needed.
PLANNED_USERS = 2_000


class Credit(NamedTuple):
    """What one list brought. a, b: clicks on the picks of each."""

    subject: str
    a: int
    b: int

    @property
    def score(self) -> float:
        """1 = a won, 0 = b did."""
        return 0.5 if self.a == self.b else float(self.a > self.b)


class Preference(NamedTuple):
    """How much a is preferred to b: of users, -0.5 to 0.5, where 0 is not at all.

    interval:     for every look, of users who come no more; None of fewer than `MIN_USERS`.
    one_look:     for a single one, planned before.
    p:            how rarely this much is ever seen where neither is preferred, at any look.
    wins, losses: of a, by lists; ties: lists with as many clicks for both, or with none.
    """

    value: float
    interval: tuple[float, float] | None
    one_look: tuple[float, float] | None
    p: float | None
    users: int
    wins: int
    losses: int
    ties: int


def interleave(a: Sequence[int], b: Sequence[int], k: int, seed: str) -> list[Slot]:
    """The list of at most k places. a, b: items of each ranking, each once, the best first.

    seed: id of the recommendation: by it the list can be made again.
    """
    slots: list[Slot] = []
    while len(slots) < k:
        shown = {slot.key for slot in slots}
        fresh = {A: _first_two(a, shown), B: _first_two(b, shown)}
        if not _both_can_pick(fresh[A], fresh[B]):
            rest = [key for key in dict.fromkeys([*a, *b]) if key not in shown]
            slots += [Slot(key, NEITHER) for key in rest]
            break
        first, second = (A, B) if share_of(seed, str(len(slots))) < 0.5 else (B, A)
        picked = fresh[first][0]
        slots += [Slot(picked, first),
                  Slot(next(key for key in fresh[second] if key != picked), second)]
    return slots[:k]


def credit(subject: str, slots: Sequence[Slot], clicked: Collection[int]) -> Credit:
    """Whose picks were clicked."""
    teams = [slot.team for slot in slots if slot.key in clicked]
    return Credit(subject, teams.count(A), teams.count(B))


def preference(lists: Iterable[Credit], planned: int = PLANNED_USERS) -> Preference:
    """What all lists say; each user counts once, by the mean of theirs."""
    by_user: dict[str, list[float]] = defaultdict(list)
    counts = {1.0: 0, 0.0: 0, 0.5: 0}
    for found in lists:
        by_user[found.subject].append(found.score)
        counts[found.score] += 1
    scores = np.array([sum(own) / len(own) for own in by_user.values()])
    users = len(scores)
    value = float(scores.mean() - 0.5) if users else 0.0
    interval = one_look = p = None
    if users >= MIN_USERS:
        error = float(scores.std(ddof=1)) / math.sqrt(users)
        interval = _around(value, error * float(always_radius(users, ALPHA, planned)))
        one_look = _around(value, error * once_radius(ALPHA))
        p = float(p_of(value, error**2, users, ALPHA, planned))
    return Preference(value, interval, one_look, p, users, counts[1.0], counts[0.0], counts[0.5])


def _first_two(ranking: Sequence[int], shown: set[int]) -> list[int]:
    fresh = (key for key in ranking if key not in shown)
    return [key for key, _ in zip(fresh, range(2), strict=False)]


def _both_can_pick(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whichever picks first: else the coin would decide who owns anything at all."""
    if not a or not b:
        return False
    return a[0] != b[0] or (len(a) > 1 and len(b) > 1)


def _around(middle: float, radius: float) -> tuple[float, float]:
    return middle - radius, middle + radius
