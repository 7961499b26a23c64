"""Pages folded into what everybody does now: decayed counts per item, and live co-visits.

A roll-up keeps, per shard, the last sequence number it has counted, so a page read twice counts
once. Scorers absorb the newest pages into the last roll-up with the same function.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain import arrays
from domain.page import PageRecord
from domain.row import Floats, Keys

HALF_LIVES_MS = {"1h": 3_600_000, "24h": 24 * 3_600_000, "7d": 7 * 24 * 3_600_000}
PAIR_HALF_LIFE_MS = 24 * 3_600_000
SESSION_GAP_MS = 30 * 60_000  # a longer pause ends a session: no co-visit across it
MIN_COUNT = 0.01  # of one plain event: below, an item has left the trends
MIN_PAIR = 0.05
MAX_PAIRS = 500_000  # strongest co-visits kept; 20 bytes each
CONVERSION_PRIOR = 20.0  # base events that the catalogue's mean rate is worth
LIVE_PRIOR = 3.0  # co-visits: so many more must be seen before the live share is believed half

_HALF_LIVES = np.array(list(HALF_LIVES_MS.values()), np.float64)
_TOUCH = np.dtype([("user", np.int64), ("item", np.uint64), ("at_ms", np.int64),
                   ("type", np.uint8), ("strength", np.float64)])


@dataclass(frozen=True, slots=True)
class Trends:
    """What happened lately, seen from `ref_ms`.

    keys:    (M,) items with recent events, sorted.
    codes:   (C,) event types seen; counts: (M, C, H) decayed events of each.
    weights: (M, H) decayed strength per half-life of `HALF_LIVES_MS`.
    pairs:   (P, 2) item keys, done one after the other by one user, sorted; column-major, since
             `followers` searches the first column. pair_weights: (P,) decayed.
    tails:   last touch of each user tag within a session of ref_ms, to pair with the next page:
             user, item, at_ms. A stream that lags by more loses the pairs across two roll-ups.
    covered: shard id -> last sequence number counted.
    """

    ref_ms: int
    keys: Keys
    codes: NDArray[np.uint8]
    counts: Floats
    weights: Floats
    pairs: Keys
    pair_weights: Floats
    tails: tuple[NDArray[np.int64], Keys, NDArray[np.int64]]
    covered: dict[str, int]

    def counts_for(self, keys: Keys, half_life: str) -> Floats:
        """(len(keys),) decayed strength of each item, 0 where there was none."""
        column = list(HALF_LIVES_MS).index(half_life)
        if not len(self.keys):
            return np.zeros(len(keys), np.float32)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.weights[place, column], np.float32(0))

    def top(self, half_life: str) -> NDArray[np.int64]:
        """Places in `keys`, strongest first, of items with anything positive to say."""
        column = self.weights[:, list(HALF_LIVES_MS).index(half_life)]
        order = np.argsort(-column, kind="stable")
        return order[column[order] > MIN_COUNT]

    def followers(self, key: int) -> tuple[Keys, Floats]:
        """Items done after this one lately, with the share of each, believed by evidence."""
        start, end = (int(np.searchsorted(self.pairs[:, 0], np.uint64(key), side))
                      for side in ("left", "right"))
        weights = self.pair_weights[start:end]
        return self.pairs[start:end, 1], weights / np.float32(weights.sum() + LIVE_PRIOR)

    def conversion(self, key: int, code: int, per_code: int) -> float:
        """Events of one type per event of another within a day's half-life, smoothed.

        With few events the answer leans to the rate of the whole catalogue.
        """
        day = self.counts[:, :, list(HALF_LIVES_MS).index("24h")]
        wanted, base = (day[:, self.codes == c].sum(axis=1) for c in (code, per_code))
        place = int(np.searchsorted(self.keys, np.uint64(key)))
        known = place < len(self.keys) and self.keys[place] == key
        mean = wanted.sum() / base.sum() if base.sum() > 0 else 0.0
        seen = (wanted[place], base[place]) if known else (0.0, 0.0)
        return float((seen[0] + mean * CONVERSION_PRIOR) / (seen[1] + CONVERSION_PRIOR))

    def to_bytes(self) -> bytes:
        """As the shelf stores it."""
        users, items, at_ms = self.tails
        header = {"ref_ms": self.ref_ms,
                  "covered": {shard: str(n) for shard, n in self.covered.items()}}
        return arrays.save(header, {
            "keys": self.keys, "codes": self.codes, "counts": self.counts,
            "weights": self.weights, "pairs": self.pairs, "pair_weights": self.pair_weights,
            "tail_users": users, "tail_items": items, "tail_at_ms": at_ms,
        })

    @classmethod
    def from_bytes(cls, data: bytes) -> "Trends":
        """Read what `to_bytes` wrote.

        raises: arrays.ArraysError, when it is damaged.
        """
        header, parts = arrays.load(data)
        return cls(
            header["ref_ms"], parts["keys"], parts["codes"], parts["counts"], parts["weights"],
            parts["pairs"], parts["pair_weights"],
            (parts["tail_users"], parts["tail_items"], parts["tail_at_ms"]),
            {shard: int(n) for shard, n in header["covered"].items()},
        )


def empty(now_ms: int) -> Trends:
    """Trends before the first event."""
    none = np.zeros(0, np.uint64)
    return Trends(
        now_ms, none, np.zeros(0, np.uint8), np.zeros((0, 0, len(_HALF_LIVES)), np.float32),
        np.zeros((0, len(_HALF_LIVES)), np.float32), np.zeros((0, 2), np.uint64),
        np.zeros(0, np.float32), (np.zeros(0, np.int64), none, np.zeros(0, np.int64)), {},
    )


def absorb(trends: Trends, pages: Iterable[tuple[str, PageRecord]], now_ms: int) -> Trends:
    """Trends as of `now_ms`, with every page record (and its shard) not counted before."""
    fresh, covered = _fresh(trends.covered, pages)
    aged = replace(_age(trends, now_ms), covered=covered)
    touches = np.array([(r.user, t.item, min(t.at_ms, now_ms), t.type, t.strength)
                        for r in fresh for t in r.touches], _TOUCH)
    if not len(touches):
        return _prune(aged)
    return _prune(_add_pairs(_add_counts(aged, touches), touches))


def _fresh(
    covered: dict[str, int], pages: Iterable[tuple[str, PageRecord]]
) -> tuple[list[PageRecord], dict[str, int]]:
    last, fresh = dict(covered), []
    for shard, record in sorted(pages, key=lambda entry: (entry[0], entry[1].sequence)):
        if record.sequence > last.get(shard, -1):
            last[shard] = record.sequence
            fresh.append(record)
    return fresh, last


def _age(trends: Trends, now_ms: int) -> Trends:
    elapsed_ms = max(0, now_ms - trends.ref_ms)
    faded = (2.0 ** (-elapsed_ms / _HALF_LIVES)).astype(np.float32)
    pair_faded = np.float32(2.0 ** (-elapsed_ms / PAIR_HALF_LIFE_MS))
    return replace(trends, ref_ms=trends.ref_ms + elapsed_ms, counts=trends.counts * faded,
                   weights=trends.weights * faded, pair_weights=trends.pair_weights * pair_faded)


def _add_counts(trends: Trends, touches: NDArray[np.void]) -> Trends:
    keys = np.union1d(trends.keys, touches["item"])
    codes = np.union1d(trends.codes, touches["type"])
    weights = np.zeros((len(keys), len(_HALF_LIVES)), np.float32)
    counts = np.zeros((len(keys), len(codes), len(_HALF_LIVES)), np.float32)
    old = np.searchsorted(keys, trends.keys)
    weights[old] = trends.weights
    counts[np.ix_(old, np.searchsorted(codes, trends.codes))] = trends.counts
    places = np.searchsorted(keys, touches["item"])
    decays = 2.0 ** (-(trends.ref_ms - touches["at_ms"])[:, None] / _HALF_LIVES)
    np.add.at(weights, places, touches["strength"][:, None] * decays)
    np.add.at(counts, (places, np.searchsorted(codes, touches["type"])), decays)
    return replace(trends, keys=keys, codes=codes, counts=counts, weights=weights)


def _add_pairs(trends: Trends, touches: NDArray[np.void]) -> Trends:
    positive = touches[touches["strength"] > 0]
    users, items, at_ms = (np.concatenate([tail, positive[name]]) for tail, name
                           in zip(trends.tails, ("user", "item", "at_ms"), strict=True))
    order = np.lexsort((at_ms, users))  # stable: equal times keep the order of arrival
    users, items, at_ms = users[order], items[order], at_ms[order]
    joined = (users[1:] == users[:-1]) & (items[1:] != items[:-1])
    joined &= at_ms[1:] - at_ms[:-1] <= SESSION_GAP_MS
    pairs = np.stack([items[:-1], items[1:]], axis=1)[joined]
    faded = 2.0 ** (-(trends.ref_ms - at_ms[1:][joined]) / PAIR_HALF_LIFE_MS)
    merged, weights = _summed(np.concatenate([trends.pairs, pairs]),
                              np.concatenate([trends.pair_weights, faded]))
    last = np.append(users[1:] != users[:-1], True)[:len(users)]
    recent = last & (trends.ref_ms - at_ms <= SESSION_GAP_MS)
    return replace(trends, pairs=merged, pair_weights=weights,
                   tails=(users[recent], items[recent], at_ms[recent]))


def _summed(pairs: Keys, weights: NDArray[np.float64]) -> tuple[Keys, Floats]:
    """Each pair once, in order, its weights summed."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs = pairs[order]
    is_new = np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[:len(pairs)]
    sums = np.bincount(np.cumsum(is_new) - 1, weights[order])
    return pairs[is_new], sums.astype(np.float32)


def _prune(trends: Trends) -> Trends:
    kept = np.abs(trends.weights).max(axis=1, initial=0) > MIN_COUNT
    kept |= trends.counts.max(axis=(1, 2), initial=0) > MIN_COUNT
    (strong,) = np.nonzero(trends.pair_weights > MIN_PAIR)
    if len(strong) > MAX_PAIRS:
        strongest = np.argsort(-trends.pair_weights[strong], kind="stable")[:MAX_PAIRS]
        strong = strong[np.sort(strongest)]
    return replace(trends, keys=trends.keys[kept], counts=trends.counts[kept],
                   weights=trends.weights[kept], pairs=np.asfortranarray(trends.pairs[strong]),
                   pair_weights=trends.pair_weights[strong])
