"""What a minute's roll-up costs, and how large ledger and trends are, once they are full.

python -m bench.ledger EVENTS_PER_S
"""

import sys
import time
from collections.abc import Iterator

from tqdm import tqdm

from bench.clock import report
from bench.crowds import MINUTE_MS, START_MS, Shop, visitors
from bench.folding import BATCH, records
from domain.defence import Defence
from domain.page import PageRecord, Touch, encode_pages, read_pages
from domain.record import Position
from domain.roll_up import RollUp, absorb, begin, weigh
from domain.seen import MAX_SEEN
from domain.touches import Touches
from domain.trends import empty
from domain.vocabulary import Vocabulary

ITEMS = 100_000
STEPS = 100  # roll-ups in which the ledger fills
MB = 1e6
HOUR_MS = 3_600_000
PARTS = ("decode", "read", "absorb", "write")


def main() -> None:
    """Fill, then do one more minute as the roll-up does it."""
    events_per_s = int(sys.argv[1])
    minute, day = 60 * events_per_s, 24 * 3600 * events_per_s
    shop = Shop(days=1, items=ITEMS, events_a_day=min(day, MAX_SEEN) + minute)
    found = visitors(shop)
    # So many as are remembered at most, in the time in which so many come.
    found["at_ms"] = START_MS + (found["at_ms"] - START_MS) * shop.events_a_day // (day + minute)
    stored = fill(found[:-minute]).to_bytes()
    pages = [(Position("shard", first), page) for first, page in encode_pages(
        records(users=minute // (8 * BATCH)), Vocabulary())]
    last, now_ms = list(as_records(found[-minute:])), int(found["at_ms"][-1])
    clock = [time.process_time()]
    read_pages(pages)
    clock.append(time.process_time())
    before = RollUp.from_bytes(stored)
    clock.append(time.process_time())
    after, weighed = absorb(before, last, now_ms, Defence())
    clock.append(time.process_time())
    ledger, trends = after.to_bytes(), after.trends.to_bytes()
    clock.append(time.process_time())
    assert len(weighed.touches) == minute
    report({
        "events_per_s": events_per_s,
        "remembered_h": round(
            (now_ms - MINUTE_MS * int(after.ledger.seen.begun[0])) / HOUR_MS, 1),
        "users": len(after.ledger.people.users), "pairs": len(after.trends.pair_weights),
        "ledger_mb": round(len(ledger) / MB, 1), "trends_mb": round(len(trends) / MB, 1),
        "cpu_ms": {name: round(1000 * (end - start)) for name, start, end
                   in zip(PARTS, clock, clock[1:], strict=False)},
    })


def fill(touches: Touches) -> RollUp:
    """All that is remembered of these."""
    roll_up, size = begin(empty(START_MS)), -(-len(touches) // STEPS)
    for start in tqdm(range(0, len(touches), size), desc="filling", unit="roll-up", disable=None):
        part = touches[start:start + size]
        roll_up, _ = weigh(roll_up, part.copy(), int(part["at_ms"][-1]), Defence())
    return roll_up


def as_records(touches: Touches) -> Iterator[tuple[str, PageRecord]]:
    """A record an event, as pages hold them."""
    for n, (user, item, at_ms, code, strength, tag, _) in enumerate(touches.tolist()):
        yield "shard", PageRecord(n, user, (Touch(item, at_ms, code, strength, tag),))


if __name__ == "__main__":
    main()
