"""Scored candidates -> the list a caller sees: what is hidden, what is first, and why.

The sources stand in the order in which they are tried. A list always comes; it says which source
it is from, and each item which signals and which of the user's own events brought it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

SOURCES = {
    "personal": "scored by the model from this user's own events",
    "session": "what others did after these events lately; the model knows none of them",
    "similar": "near the item for the model, or done after it",
    "trending": "what everybody does now",
    "popular": "what was most done when the model was trained; nothing has happened since",
    "catalogue": "the newest items; nothing has happened yet",
}
MAX_LOOKED_AT = 20_000  # candidates of one source; a filter may hide nearly all
MIN_SHARE = 0.05  # of the positive score: below, a signal is not worth naming


class Part(NamedTuple):
    """One signal's part of a score. because: keys of the user's events behind it, best first."""

    signal: str
    score: float
    because: tuple[int, ...] = ()


class Found(NamedTuple):
    """What a source says of an item. explain: the parts of the score, told when it is shown."""

    key: int
    score: float
    explain: Callable[[], tuple[Part, ...]]


class Candidate(NamedTuple):
    """An item that may be shown. The parts sum to the score."""

    key: int
    score: float
    parts: tuple[Part, ...] = ()


class Recommendation(NamedTuple):
    """One place of the answer, as the API returns it. parts: they sum to the score.

    propensity: the chance of the item to be on this list; None where nothing is explored.
    """

    item_id: str
    rank: int
    score: float
    reasons: list[dict[str, Any]]
    facts: Mapping[str, Any] = {}
    parts: tuple[Part, ...] = ()
    propensity: float | None = None


def choose(
    found: Iterable[Found], hidden: Callable[[int], object], k: int, most: int = MAX_LOOKED_AT
) -> list[Found]:
    """The first k in their order, each once, none hidden; at most so many are looked at."""
    chosen: dict[int, Found] = {}
    if k > 0:
        for one in islice(found, most):
            if one.key not in chosen and not hidden(one.key):
                chosen[one.key] = one
                if len(chosen) == k:
                    break
    return list(chosen.values())


def reasons(candidate: Candidate, name: Callable[[int], str | None]) -> list[dict[str, Any]]:
    """The signals that raised a candidate, strongest first, with their share of the raise.

    Where none did, the one that speaks least against it, with a share of 0.
    """
    raised = [part for part in candidate.parts if part.score > 0]
    if not raised:
        least = max(candidate.parts, key=lambda part: part.score, default=None)
        return [_reason(0.0, least, name)] if least else []
    total = sum(part.score for part in raised)
    shares = [(part.score / total, part) for part in raised]
    worthy = [(share, part) for share, part in shares if share >= MIN_SHARE]
    return [_reason(share, part, name)
            for share, part in sorted(worthy, key=lambda entry: -entry[0])]


def _reason(share: float, part: Part, name: Callable[[int], str | None]) -> dict[str, Any]:
    return {"signal": part.signal, "share": round(share, 3),
            "because": named(part.because, name)}


def named(keys: Sequence[int], name: Callable[[int], str | None]) -> list[str]:
    """The ids of items, but for those without a name."""
    return [item_id for item_id in map(name, keys) if item_id is not None]
