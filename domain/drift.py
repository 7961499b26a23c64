"""What a model learned from, beside what the one that serves did: has the input changed?

Half a log makes a model that is better than its rivals on that half, since they are measured on it
as well. So a card tells what was read (in its config, which readers of before pass over), and what
the card of the current model told.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from domain.schema import compile_schema

LEARNED_FROM, BEFORE = "learned_from", "learned_from_before"  # of cards of 0.1 in neither
MAX_DRIFT = 0.2  # of the mix of events: a type of one event in twelve that is gone, or is new
MIN_ITEMS_KEPT = 0.5  # of the catalogue
# What is told and refuses nothing: see docs/decisions/0033 for what was measured.
NOTED_DRIFT = 0.1
NOTED_SHARE = 0.5  # of what the newest events, or the items with events, were among all before
NOTED_SCORE = 0.2  # of the median of the best scores, on a scale of 1
LENGTH = 3  # quantiles of scores

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_check = compile_schema({
    "type": "object", "required": ["types", "newest", "items", "touched", "scores"],
    "properties": {
        "types": {"type": "object", "additionalProperties": _SHARE},
        "newest": _SHARE, "items": {"type": "integer", "minimum": 0}, "touched": _SHARE,
        "scores": {"type": "array", "items": {"type": "number"},
                   "minItems": LENGTH, "maxItems": LENGTH},
    },
})


class DriftError(ValueError):
    """A card does not say in known words what was learned from."""


class Makeup(NamedTuple):
    """What was learned from, in a few numbers.

    types:   share of each type among all events.
    newest:  share of the events in the newest tenth of the time.
    items:   that can be recommended.   touched: share of them that somebody had to do with.
    scores:  of the best item of each validation case the 10%, 50% and 90% quantile, over the sum of
             the blend's weights.
    """

    types: Mapping[str, float]
    newest: float
    items: int
    touched: float
    scores: tuple[float, ...]

    def to_config(self) -> dict[str, Any]:
        """As a card holds it."""
        return self._asdict() | {"scores": list(self.scores)}

    @classmethod
    def of(cls, config: Mapping[str, Any], name: str = LEARNED_FROM) -> Self | None:
        """What a card's config says, None where it says nothing. raises: DriftError."""
        found = config.get(name)
        if found is None:
            return None
        if wrong := _check(found, name):
            raise DriftError(f"{wrong.field} {wrong.reason}")
        return cls(found["types"], found["newest"], found["items"], found["touched"],
                   tuple(found["scores"]))


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Of two mixes of shares: 0 = the same, 1 = nothing in common.

    source: Endres & Schindelin 2003, the square root of the Jensen-Shannon divergence, in bits.
    """
    return math.sqrt(max(0.0, sum(_part(one, other, name) for name in {*one, *other})))


def _part(one: Mapping[str, float], other: Mapping[str, float], name: str) -> float:
    shares = one.get(name, 0.0), other.get(name, 0.0)
    return sum(share * math.log2(2 * share / sum(shares)) for share in shares if share) / 2


def refusals(config: Mapping[str, Any]) -> list[str]:
    """Why a model may not serve, whatever its metrics say; the config may allow more, or less."""
    try:
        now, before = Makeup.of(config), Makeup.of(config, BEFORE)
    except DriftError as error:
        return [f"the card does not say soundly what was learned from: {error}"]
    if now is None or before is None:
        return []
    moved, kept = distance(now.types, before.types), now.items / max(1, before.items)
    # Each comparison is written so that NaN refuses.
    found = []
    if not moved <= _limit(config, "max_drift", MAX_DRIFT):
        found.append(_mix(moved, now.types, before.types))
    if not kept >= _limit(config, "min_items_kept", MIN_ITEMS_KEPT):
        found.append(f"the catalogue shrank from {before.items:,} to {now.items:,} items")
    return found


def remarks(now: Makeup, before: Makeup) -> list[str]:
    """What a person should know, and what refuses nothing."""
    found, moved = [], distance(now.types, before.types)
    if moved > NOTED_DRIFT:
        found.append(_mix(moved, now.types, before.types))
    if now.newest < before.newest * NOTED_SHARE:
        found.append(f"the newest tenth of the time has {now.newest:.1%} of the events, "
                     f"before it had {before.newest:.1%}")
    if now.touched < before.touched * NOTED_SHARE:
        found.append(f"{now.touched:.1%} of the items have events, before {before.touched:.1%} had")
    if abs(now.scores[1] - before.scores[1]) > NOTED_SCORE:
        found.append(f"the median of the best scores went from {before.scores[1]:.2f} to "
                     f"{now.scores[1]:.2f}")
    return found


def _limit(config: Mapping[str, Any], name: str, default: float) -> float:
    found = config.get(name, default)
    return found if isinstance(found, int | float) else math.nan


def _mix(moved: float, now: Mapping[str, float], before: Mapping[str, float]) -> str:
    """In words, with the type that the distance is most of."""
    name = max(sorted({*now, *before}), key=lambda name: _part(now, before, name))
    return (f"the mix of events moved by {moved:.2f}: "
            f"{name} from {before.get(name, 0.0):.1%} to {now.get(name, 0.0):.1%}")
