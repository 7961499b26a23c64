"""The second stage of an artifact: the first stage's best candidates, put in order once more.

A small network reads of each candidate what `domain.candidates` tells, and both vectors. It says
which is likely to come next, and how likely each kind of event is within a day.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from domain.row import Floats
from domain.runtime import session

NEXT = "next"  # the output that orders where nothing is asked for; logits
OUTCOME = "outcome/"  # before the names of the others; calibrated chances


class Judged(NamedTuple):
    """(C,) float32 each. next: logits. outcomes: name -> chance."""

    next: Floats
    outcomes: Mapping[str, Floats]


class Ranker:
    """One graph, open."""

    def __init__(self, path: Path, onnxruntime: Any) -> None:
        self._session = session(onnxruntime, path)
        self._names = [output.name for output in self._session.get_outputs()]
        self.outcomes = tuple(name.removeprefix(OUTCOME) for name in self._names
                              if name.startswith(OUTCOME))

    def judge(self, features: Floats, user: Floats, items: Floats) -> Judged:
        """features: (C, F). user: (D,). items: (C, D)."""
        feeds = {"features": features, "user": user[None], "items": items}
        found = dict(zip(self._names, self._session.run(None, feeds), strict=True))
        return Judged(found[NEXT], {name: found[OUTCOME + name] for name in self.outcomes})

    def known(self, objectives: Mapping[str, float]) -> dict[str, float]:
        """Of what is asked for, what this model can tell."""
        return {name: worth for name, worth in objectives.items() if name in self.outcomes}

    def values(self, judged: Judged, objectives: Mapping[str, float]) -> Floats:
        """(C,) what candidates are ordered by: the worth that is expected of each.

        objectives: outcome -> what one is worth. Where none is known, what is likely to come next.
        """
        known = self.known(objectives)
        if not known:
            return judged.next
        worth = sum(np.float32(known[name]) * judged.outcomes[name] for name in known)
        return np.asarray(worth, np.float32)


def lifts(scores: Floats, values: Floats) -> Floats:
    """(C,) float32: what to add to the scores of the first stage for the order of the values.

    The values are laid into the range of the scores, so that none falls below what is not among
    them, and boosts and weights mean what they meant.
    """
    low, high = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    least, most = values.min(initial=np.inf), values.max(initial=-np.inf)
    if not most > least:
        return np.zeros(len(scores), np.float32)
    laid = low + (values - least) * (((high - low) or 1.0) / (most - least))
    return np.asarray(laid - scores, np.float32)
