"""A history and the catalogue -> what a user likes: derived when asked, never stored.

Stored affinities would have to be looked up per event and would age with an old catalogue; the
history says the same, and what has left it weighs little at this half-life.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from domain.features import Interaction
from domain.vocabulary import Vocabulary

HALF_LIFE_MS = 30 * 24 * 3_600_000
MOST = 20  # affinities named

Facts = Callable[[int], dict[str, Any] | None]


def affinities(
    history: Sequence[Interaction], facts: Facts, vocabulary: Vocabulary, now_ms: int
) -> dict[str, float]:
    """Category or tag -> share of this user's decayed strength, strongest first.

    What the user dislikes is negative; the shares' absolute values sum to at most 1.
    """
    found: dict[str, float] = defaultdict(float)
    for entry in history:
        known = facts(entry.item) or {}
        labels = {*known.get("categories", ()), *known.get("tags", ())}
        decay = 2.0 ** (-max(0, now_ms - entry.at_ms) / HALF_LIFE_MS)
        for label in labels:
            found[label] += vocabulary.strength(entry.type, entry.value) * decay / len(labels)
    total = sum(abs(strength) for strength in found.values())
    strongest = sorted(found.items(), key=lambda entry: (-abs(entry[1]), entry[0]))[:MOST]
    return {label: round(strength / total, 4) for label, strength in strongest if total > 0}
