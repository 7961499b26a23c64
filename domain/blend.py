"""The parts of a score and how they are mixed: encoder + co-visitation + popularity.

    score(item) = encoder * (user vector . item vector)      what the trained encoder expects
                + graph * (votes / largest vote)             what others did next
                + popularity * (log count / log largest)     what everybody does now

All but the first go into one bias over the catalogue, so the model graph adds them for free. The
weights are tuned on validation and travel in the model card; evaluation and serving both mix here.
"""

import numpy as np
from numpy.typing import NDArray

from domain.artifact import Blend
from domain.graph import Votes
from domain.row import Floats, Rows

HIDDEN = np.float32(-1e9)  # bias of rows that must not be shown


def popularity_part(counts: Floats) -> Floats:
    """(rows,) float32 in 0..1 from decayed counts; negative counts say nothing."""
    levels = np.log1p(np.maximum(counts, 0.0))
    largest = levels.max(initial=0.0)
    return (levels / largest if largest > 0 else levels).astype(np.float32)


def base(blend: Blend, popularity: Floats, hidden: Rows | NDArray[np.bool_]) -> Floats:
    """(rows,) float32: the bias that all requests share; what is hidden stays out of every list.

    cost: one pass over the catalogue, so callers keep it until trends or the catalogue change.
    """
    shared = np.float32(blend.popularity) * popularity
    shared[hidden] = HIDDEN
    return shared


def bias(blend: Blend, shared: Floats, votes: Votes) -> Floats:
    """(rows,) float32: the bias of one request."""
    rows, shares = votes.shares()
    mixed = shared.copy()
    mixed[rows] += np.float32(blend.graph) * shares
    return mixed
