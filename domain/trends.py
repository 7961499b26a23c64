"""What everybody does now: decayed counts per item, and live co-visits, as scorers ask for them.

`domain.counting` adds to them, and `domain.roll_up` keeps them with what makes them true.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain import arrays
from domain.arrays import Parts
from domain.decay import HALF_LIVES_MS as HALF_LIVES_MS  # whoever reads trends asks by them
from domain.defence import REASONS
from domain.places import find
from domain.row import Floats, Keys

PAIR_HALF_LIFE_MS = 24 * 3_600_000
CONVERSION_PRIOR = 20.0  # base events that the catalogue's mean rate is worth
LIVE_PRIOR = 3.0  # co-visits: so many more must be seen before the live share is believed half
MIN_COUNT = 0.01  # of one plain event: below, an item has left the trends


class Tails(NamedTuple):
    """(n,) each: the last touch of each user tag within a session, to pair with the next page."""

    users: NDArray[np.int64]
    items: Keys
    at_ms: NDArray[np.int64]
    kept: Floats


class Trends(NamedTuple):
    """What happened lately, seen from `ref_ms`.

    keys:    (M,) items with recent events, sorted.
    codes:   (C,) event types seen; counts: (M, C, H) decayed events of each.
    weights: (M, H) decayed strength per half-life of `HALF_LIVES_MS`.
    pairs:   (P, 2) item keys, done one after the other by one user, sorted; column-major, since
             `followers` searches the first column. pair_weights: (P,) decayed.
    tails:   of sessions not yet over at ref_ms. A stream that lags by more loses the pairs across
             two roll-ups.
    covered: shard id -> last sequence number counted.
    withheld_keys, withheld: (W,) items, sorted, and (W, len(REASONS)) strength that did not count
             for them, by reason, with a half-life of a day.
    """

    ref_ms: int
    keys: Keys
    codes: NDArray[np.uint8]
    counts: Floats
    weights: Floats
    pairs: Keys
    pair_weights: Floats
    tails: Tails
    covered: dict[str, int]
    withheld_keys: Keys
    withheld: Floats

    def counts_for(self, keys: Keys, half_life: str) -> Floats:
        """(len(keys),) decayed strength of each item, 0 where there was none."""
        counts = np.zeros(len(keys), np.float32)
        places, is_there = find(self.keys, keys)
        counts[is_there] = self.strengths(half_life)[places[is_there]]
        return counts

    def table_for(self, keys: Keys, now_ms: int) -> Floats:
        """(len(keys), H) decayed strength of each item by every half-life, as of a later moment."""
        places, is_there = find(self.keys, keys)
        found = np.zeros((len(keys), len(HALF_LIVES_MS)), np.float32)
        elapsed_ms = max(0, now_ms - self.ref_ms)
        faded = [2.0 ** (-elapsed_ms / half_ms) for half_ms in HALF_LIVES_MS.values()]
        found[is_there] = self.weights[places[is_there]] * np.array(faded, np.float32)
        return found

    def strengths(self, half_life: str) -> Floats:
        """(len(self.keys),) decayed strength of every item there was something of."""
        return self.weights[:, list(HALF_LIVES_MS).index(half_life)]

    def events_for(self, keys: Keys, code: int, half_life: str) -> Floats:
        """(len(keys),) decayed events of one type on each item, also of types without weight."""
        counts = np.zeros(len(keys), np.float32)
        places, is_there = find(self.keys, keys)
        column = list(HALF_LIVES_MS).index(half_life)
        of_type = self.counts[:, self.codes == code, column].sum(axis=1)
        counts[is_there] = of_type[places[is_there]]
        return counts

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

    def most_withheld(self, k: int) -> list[int]:
        """Items for which most did not count lately, the most first."""
        order = np.argsort(-self.withheld.sum(axis=1), kind="stable")[:k]
        return [int(key) for key in self.withheld_keys[order]]

    def withheld_of(self, key: int) -> dict[str, float]:
        """What did not count for an item lately, by reason, with a half-life of a day."""
        places, is_there = find(self.withheld_keys, np.array([key], np.uint64))
        found = self.withheld[places[is_there]].sum(axis=0)
        return dict(zip(REASONS, found.tolist(), strict=True))

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
        """As the shelf stores it for scorers."""
        return arrays.save(*self.to_parts())

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A header and arrays, as `from_parts` reads them."""
        header = {"ref_ms": self.ref_ms,
                  "covered": {shard: str(n) for shard, n in self.covered.items()}}
        return header, {
            "keys": self.keys, "codes": self.codes, "counts": self.counts,
            "weights": self.weights, "pairs": self.pairs, "pair_weights": self.pair_weights,
            "withheld_keys": self.withheld_keys, "withheld": self.withheld,
            **{f"tail_{name}": part for name, part in self.tails._asdict().items()},
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> "Trends":
        """Read what `to_bytes` wrote, by this or an earlier version.

        raises: arrays.ArraysError, when it is damaged.
        """
        return cls.from_parts(*arrays.load(data))

    @classmethod
    def from_parts(cls, header: Parts, parts: Parts) -> "Trends":
        """Read what `to_parts` made, now or when nothing was withheld yet."""
        users, none = parts["tail_users"], empty(0)
        return cls(
            header["ref_ms"], parts["keys"], parts["codes"], parts["counts"], parts["weights"],
            parts["pairs"], parts["pair_weights"],
            Tails(users, parts["tail_items"], parts["tail_at_ms"],
                  parts.get("tail_kept", np.ones(len(users), np.float32))),
            {shard: int(n) for shard, n in header["covered"].items()},
            parts.get("withheld_keys", none.withheld_keys), parts.get("withheld", none.withheld),
        )


def empty(now_ms: int) -> Trends:
    """Trends before the first event."""
    none, halves = np.zeros(0, np.uint64), len(HALF_LIVES_MS)
    return Trends(
        now_ms, none, np.zeros(0, np.uint8), np.zeros((0, 0, halves), np.float32),
        np.zeros((0, halves), np.float32), np.zeros((0, 2), np.uint64), np.zeros(0, np.float32),
        Tails(np.zeros(0, np.int64), none, np.zeros(0, np.int64), np.zeros(0, np.float32)), {},
        none, np.zeros((0, len(REASONS)), np.float32),
    )
