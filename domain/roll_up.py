"""Trends and the ledger that keeps them true, as one: pages are absorbed into both or into neither.

Per shard the last sequence number counted is kept, so that a page read twice counts once, whatever
bounds retries gave it; per event its id, so that an event sent twice counts once. Scorers absorb
the newest pages into the last roll-up's trends with the same function and a ledger of their own,
which begins empty: between two roll-ups they can overlook a copy of something older.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from domain import arrays
from domain.counting import age, count, count_pairs, pair_up, prune, withhold
from domain.defence import REASONS, Defence
from domain.judging import judge, judge_pairs
from domain.ledger import Ledger, blank
from domain.page import PageRecord
from domain.touches import Touches, gather
from domain.trends import Trends


class RollUp(NamedTuple):
    """What everybody does now, and what is remembered to say so."""

    trends: Trends
    ledger: Ledger

    def to_bytes(self) -> bytes:
        """As the shelf keeps it for the next roll-up; scorers are given the trends alone."""
        header, parts = self.trends.to_parts()
        remembered, ledger_parts = self.ledger.to_parts()
        return arrays.save({**header, "ledger": remembered}, {**parts, **ledger_parts})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        raises: arrays.ArraysError, when it is damaged.
        """
        header, parts = arrays.load(data)
        return cls(Trends.from_parts(header, parts), Ledger.from_parts(header["ledger"], parts))


class Weighed(NamedTuple):
    """touches: (n,) events that are no copies, with the part of each that counts.

    repeated: how many copies of events there were.   held: reason -> events, or pairs of them,
              that lost weight by it.
    """

    touches: Touches
    repeated: int
    held: dict[str, int]


def begin(trends: Trends) -> RollUp:
    """These trends, with nothing remembered."""
    return RollUp(trends, blank(trends.ref_ms))


def absorb(
    before: RollUp, pages: Iterable[tuple[str, PageRecord]], now_ms: int, rules: Defence,
    late: Iterable[PageRecord] = (),
) -> tuple[RollUp, Weighed]:
    """As of `now_ms`, with every record (and its shard) not counted before.

    late: records that may stand before what is covered: of them, events count whose ids are new.
    """
    fresh, covered = _fresh(before.trends.covered, pages)
    known = before._replace(trends=before.trends._replace(covered=covered))
    named = [record._replace(touches=tuple(t for t in record.touches if t.tag is not None))
             for record in late]
    return weigh(known, gather([*fresh, *named], now_ms), now_ms, rules)


def weigh(
    before: RollUp, touches: Touches, now_ms: int, rules: Defence
) -> tuple[RollUp, Weighed]:
    """As of `now_ms`, with these events, as far as they count."""
    trends = age(before.trends, now_ms)
    ledger, judged = judge(before.ledger, touches, trends.ref_ms, rules)
    found = judged.touches
    trends = withhold(count(trends, found), found["item"], found["at_ms"], judged.lost)
    pairs, tails = pair_up(trends, found)
    ledger, lost = judge_pairs(ledger, pairs, rules)
    trends = withhold(count_pairs(trends, pairs, tails), pairs["second"], pairs["at_ms"], lost)
    hit = (judged.lost > 0).sum(axis=0) + (lost > 0).sum(axis=0)
    return RollUp(prune(trends), ledger), Weighed(
        found, judged.repeated, dict(zip(REASONS, hit.tolist(), strict=True)))


def _fresh(
    covered: dict[str, int], pages: Iterable[tuple[str, PageRecord]]
) -> tuple[list[PageRecord], dict[str, int]]:
    last, fresh = dict(covered), []
    for shard, record in sorted(pages, key=lambda entry: (entry[0], entry[1].sequence)):
        if record.sequence > last.get(shard, -1):
            last[shard] = record.sequence
            fresh.append(record)
    return fresh, last
