"""Judged events counted into trends: decayed counts per item, and who did what after what."""


import numpy as np
from numpy.typing import NDArray

from domain.defence import REASONS
from domain.row import Floats, Keys
from domain.touches import PAIR, Pairs, Touches
from domain.trends import HALF_LIVES_MS, MIN_COUNT, PAIR_HALF_LIFE_MS, Tails, Trends

SESSION_GAP_MS = 30 * 60_000  # a longer pause ends a session: no co-visit across it
MIN_PAIR = 0.05
MAX_PAIRS = 500_000  # strongest co-visits kept; 20 bytes each
WITHHELD_HALF_LIFE_MS = 24 * 3_600_000

_HALF_LIVES = np.array(list(HALF_LIVES_MS.values()), np.float64)


def age(trends: Trends, now_ms: int) -> Trends:
    """The same, seen from later."""
    elapsed_ms = max(0, now_ms - trends.ref_ms)
    faded = (2.0 ** (-elapsed_ms / _HALF_LIVES)).astype(np.float32)
    pair_faded, withheld_faded = (np.float32(2.0 ** (-elapsed_ms / half_ms)) for half_ms
                                  in (PAIR_HALF_LIFE_MS, WITHHELD_HALF_LIFE_MS))
    return trends._replace(
        ref_ms=trends.ref_ms + elapsed_ms, counts=trends.counts * faded,
        weights=trends.weights * faded, pair_weights=trends.pair_weights * pair_faded,
        withheld=trends.withheld * withheld_faded)


def count(trends: Trends, touches: Touches) -> Trends:
    """With the events themselves."""
    keys = np.union1d(trends.keys, touches["item"])
    codes = np.union1d(trends.codes, touches["type"])
    weights = np.zeros((len(keys), len(_HALF_LIVES)), np.float32)
    counts = np.zeros((len(keys), len(codes), len(_HALF_LIVES)), np.float32)
    old = np.searchsorted(keys, trends.keys)
    weights[old] = trends.weights
    counts[np.ix_(old, np.searchsorted(codes, trends.codes))] = trends.counts
    places = np.searchsorted(keys, touches["item"])
    decays = 2.0 ** (-(trends.ref_ms - touches["at_ms"])[:, None] / _HALF_LIVES)
    decays *= touches["kept"][:, None]
    np.add.at(weights, places, touches["strength"][:, None] * decays)
    np.add.at(counts, (places, np.searchsorted(codes, touches["type"])), decays)
    return trends._replace(keys=keys, codes=codes, counts=counts, weights=weights)


def pair_up(trends: Trends, touches: Touches) -> tuple[Pairs, Tails]:
    """What each user did after what, across what was counted before; and the tails after it.

    A pair counts as far as both its events do.
    """
    positive = touches[touches["strength"] > 0]
    users, items, at_ms, kept = (
        np.concatenate([tail, positive[name]]) for tail, name
        in zip(trends.tails, ("user", "item", "at_ms", "kept"), strict=True))
    order = np.lexsort((at_ms, users))  # stable: equal times keep the order of arrival
    users, items, at_ms, kept = users[order], items[order], at_ms[order], kept[order]
    joined = (users[1:] == users[:-1]) & (items[1:] != items[:-1])
    joined &= at_ms[1:] - at_ms[:-1] <= SESSION_GAP_MS
    pairs = np.empty(int(joined.sum()), PAIR)
    pairs["user"], pairs["at_ms"] = users[1:][joined], at_ms[1:][joined]
    pairs["first"], pairs["second"] = items[:-1][joined], items[1:][joined]
    pairs["kept"] = np.minimum(kept[:-1], kept[1:])[joined]
    last = np.append(users[1:] != users[:-1], True)[:len(users)]
    recent = last & (trends.ref_ms - at_ms <= SESSION_GAP_MS)
    return pairs, Tails(users[recent], items[recent], at_ms[recent],
                        kept[recent].astype(np.float32))


def count_pairs(trends: Trends, pairs: Pairs, tails: Tails) -> Trends:
    """With the pairs that `pair_up` found."""
    faded = pairs["kept"] * 2.0 ** (-(trends.ref_ms - pairs["at_ms"]) / PAIR_HALF_LIFE_MS)
    keys = np.stack([pairs["first"], pairs["second"]], axis=1)
    merged, weights = _summed(np.concatenate([trends.pairs, keys]),
                              np.concatenate([trends.pair_weights, faded]))
    return trends._replace(pairs=merged, pair_weights=weights, tails=tails)


def withhold(
    trends: Trends, items: Keys, at_ms: NDArray[np.int64], lost: NDArray[np.float64]
) -> Trends:
    """With what did not count for these items (n,). lost: (n, len(REASONS)), at `at_ms`."""
    hit = lost.any(axis=1)
    items, ages_ms = items[hit], trends.ref_ms - at_ms[hit]
    keys = np.union1d(trends.withheld_keys, items)
    withheld = np.zeros((len(keys), len(REASONS)), np.float32)
    withheld[np.searchsorted(keys, trends.withheld_keys)] = trends.withheld
    np.add.at(withheld, np.searchsorted(keys, items),
              lost[hit] * np.exp2(-ages_ms / WITHHELD_HALF_LIFE_MS)[:, None])
    return trends._replace(withheld_keys=keys, withheld=withheld)


def prune(trends: Trends) -> Trends:
    """Without what has faded, and of too many pairs the strongest."""
    kept = np.abs(trends.weights).max(axis=1, initial=0) > MIN_COUNT
    kept |= trends.counts.max(axis=(1, 2), initial=0) > MIN_COUNT
    held = trends.withheld.max(axis=1, initial=0) > MIN_COUNT
    (strong,) = np.nonzero(trends.pair_weights > MIN_PAIR)
    if len(strong) > MAX_PAIRS:
        strongest = np.argsort(-trends.pair_weights[strong], kind="stable")[:MAX_PAIRS]
        strong = strong[np.sort(strongest)]
    return trends._replace(
        keys=trends.keys[kept], counts=trends.counts[kept], weights=trends.weights[kept],
        pairs=np.asfortranarray(trends.pairs[strong]), pair_weights=trends.pair_weights[strong],
        withheld_keys=trends.withheld_keys[held], withheld=trends.withheld[held])


def _summed(pairs: Keys, weights: NDArray[np.float64]) -> tuple[Keys, Floats]:
    """Each pair once, in order, its weights summed."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    pairs = pairs[order]
    is_new = np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[:len(pairs)]
    sums = np.bincount(np.cumsum(is_new) - 1, weights[order])
    return pairs[is_new], sums.astype(np.float32)
