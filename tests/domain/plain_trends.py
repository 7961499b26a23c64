"""Trends as plain Python: a model of them that remembers every event, to compare with."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.counting import SESSION_GAP_MS
from domain.defence import OFF
from domain.page import PageRecord, Touch
from domain.roll_up import absorb, begin
from domain.trends import HALF_LIVES_MS, PAIR_HALF_LIFE_MS, Trends
from tests.domain.strategies import NOW_MS

Pages = list[tuple[str, PageRecord]]
BIG = 2**63  # keys use all 64 bits
STRENGTHS = {1: 0.3125, 2: 1.0, 4: 5.0, 7: -2.0, 8: 0.0}


class Plain(NamedTuple):
    """What trends say, by name instead of by place."""

    weights: dict[int, list[float]]
    counts: dict[tuple[int, int], list[float]]
    pairs: dict[tuple[int, int], float]


def faded(age_ms: float) -> NDArray[np.float64]:
    return np.array([2 ** (-age_ms / half) for half in HALF_LIVES_MS.values()])


def remember(pages: Pages, now_ms: int) -> Plain:
    """The same answer from every event ever, each record once."""
    weights: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))
    counts: dict[tuple[int, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))
    pairs: dict[tuple[int, int], float] = defaultdict(float)
    by_user: dict[int, list[Touch]] = defaultdict(list)
    once = {(shard, found.sequence): found for shard, found in pages}
    for _, found in sorted(once.items()):
        for touch in found.touches:
            decay = faded(now_ms - touch.at_ms)
            weights[touch.item] += touch.strength * decay
            counts[touch.item, touch.type] += decay
            if touch.strength > 0:
                by_user[found.user].append(touch)
    for touches in by_user.values():
        touches.sort(key=lambda t: t.at_ms)
        for a, b in pairwise(touches):
            if a.item != b.item and b.at_ms - a.at_ms <= SESSION_GAP_MS:
                pairs[a.item, b.item] += 2 ** (-(now_ms - b.at_ms) / PAIR_HALF_LIFE_MS)
    return Plain({key: value.tolist() for key, value in weights.items()},
                 {key: value.tolist() for key, value in counts.items()}, pairs)


def absorbed(trends: Trends, pages: Iterable[tuple[str, PageRecord]], now_ms: int) -> Trends:
    """These trends with pages, nothing remembered and nothing held back."""
    return absorb(begin(trends), pages, now_ms, OFF)[0].trends


def spelled(trends: Trends) -> Plain:
    keys, codes = trends.keys.tolist(), trends.codes.tolist()
    return Plain(
        dict(zip(keys, trends.weights.tolist(), strict=True)),
        {(key, code): trends.counts[i, j].tolist() for i, key in enumerate(keys)
         for j, code in enumerate(codes) if trends.counts[i, j].any()},
        {(a, b): weight for (a, b), weight
         in zip(trends.pairs.tolist(), trends.pair_weights.tolist(), strict=True)},
    )


def alike(found: Plain, wanted: Plain) -> bool:
    mine, theirs = ({(part, name): value for part in Plain._fields
                     for name, value in getattr(plain, part).items()} for plain in (found, wanted))
    assert mine.keys() == theirs.keys()
    for name, value in theirs.items():
        assert mine[name] == pytest.approx(value, rel=1e-4, abs=1e-4)
    return True


def happen(steps: Iterable[tuple[int, int, int, int]]) -> Pages:
    """Touches as (ms since the one before, user, item, type), each a record of its user's shard."""
    at_ms, pages = NOW_MS, []
    for sequence, (gap_ms, user, item, code) in enumerate(steps):
        at_ms += gap_ms
        touch = Touch(BIG + item, at_ms, code, STRENGTHS[code])
        pages.append((f"shard-{user % 2}", PageRecord(sequence, user, (touch,))))
    return pages


def end_ms(pages: Pages) -> int:
    return max((t.at_ms for _, found in pages for t in found.touches), default=NOW_MS)
