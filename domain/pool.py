"""The items a list is chosen from, and what each is worth once weights and boosts are laid on.

Where relevance alone is asked for, worth is the score. Else scores are counted in spreads, of which
one lies between the best and the last of the pool: a boost of 1 lifts the last to the best.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from domain.ask import Ask
from domain.filter import value_of
from domain.ranking import Found, Part
from domain.row import Floats
from domain.screen import Screen

ALIKE = 1e-5  # scores are 32-bit floats of some units
BEHIND = 1e-3  # spreads between what fills up a list


class Pool(NamedTuple):
    """P candidates, none hidden, each once: the first source's, best first, then what fills up.

    ranked: how many have scores that can be compared, those of the first source.
    """

    found: tuple[Found, ...]
    ranked: int

    @property
    def spread(self) -> float:
        """Between the best and the last score; 1 where all are alike, but for rounding."""
        scores = [one.score for one in self.found[:self.ranked]]
        spread = max(scores, default=0.0) - min(scores, default=0.0)
        return spread if spread > ALIKE else 1.0

    def relevance(self, scale: float) -> Floats:
        """(P,) scores times `scale`; what fills up comes behind, in its order."""
        own = np.array([one.score for one in self.found[:self.ranked]], np.float64) * scale
        behind = np.arange(1, len(self.found) - self.ranked + 1) * BEHIND * self.spread * scale
        return np.concatenate([own, min(own, default=0.0) - behind]).astype(np.float32)


class Worth(NamedTuple):
    """(P,) what each candidate is worth, and of what it is made.

    scale: of the parts of a ranked candidate's score. extra: what else was asked for, by name.
    """

    values: Floats
    relevance: Floats
    scale: float
    extra: dict[str, Floats]

    def parts(self, pool: Pool, place: int) -> tuple[Part, ...]:
        """The parts of one candidate's worth; they sum to it."""
        told = pool.found[place].explain()
        if place < pool.ranked:
            mine = [part._replace(score=part.score * self.scale) for part in told]
        else:  # another source's score: it is worth its place behind the others
            mine = [told[0]._replace(score=float(self.relevance[place]))]
        return (*mine, *(Part(name, float(values[place]))
                         for name, values in self.extra.items() if values[place]))


def weigh(
    pool: Pool, ask: Ask, screen: Screen, novelty: Callable[[Sequence[int]], Floats], now_ms: int
) -> Worth:
    """What each candidate is worth to this request. novelty: (n,) 0 to 1 of keys."""
    keys = [one.key for one in pool.found]
    scale = ask.weights.get("relevance", 1.0) / (pool.spread if ask.weights or ask.boosts else 1.0)
    relevance = pool.relevance(scale)
    extra: dict[str, Floats] = {}
    for name, weight in ask.weights.items():
        if name == "novelty":
            extra[name] = novelty(keys) * weight
        elif name != "relevance":
            views = [screen.view(key) for key in keys]
            extra[name] = weight * percentiles(
                [_number(value_of(name, view, now_ms)) if view else None for view in views])
    if ask.boosts:
        extra["boost"] = np.array([
            sum(boost.by for boost in ask.boosts if screen.matches(boost.filter, key))
            for key in keys], np.float32)
    values = relevance + sum(extra.values(), np.zeros(len(keys)))
    return Worth(values.astype(np.float32), relevance, scale, extra)


def percentiles(values: Sequence[float | None]) -> Floats:
    """(n,) 0 to 1: the share of all that is below each, and half of what equals it; None is 0."""
    known = np.array([value for value in values if value is not None], np.float64)
    ordered = np.sort(known)
    below, up_to = (np.searchsorted(ordered, known, side) for side in ("left", "right"))
    answer = np.zeros(len(values), np.float32)
    answer[[value is not None for value in values]] = (below + up_to) / max(1, 2 * len(known))
    return answer


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
