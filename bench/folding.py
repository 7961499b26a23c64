"""Events folded into packed user states per second and core. What they cost: `bench.metering`.

python -m bench.folding
"""

import random
import time
from collections.abc import Iterator

from bench.clock import report
from domain.event import MAX_EVENTS, Batch, Event
from domain.features import EMPTY, fold
from domain.packing import pack, unpack
from domain.record import Position, Record
from domain.vocabulary import Vocabulary

USERS = 400
CALLS = 8  # per user
BATCH = 10  # events per call, as a buffering client sends them
CATALOGUE = 100_000


def records(users: int = USERS) -> Iterator[Record]:
    """Calls of many users, in time order, over a catalogue with a long tail."""
    chance = random.Random(11)
    for number in range(users * CALLS):
        user, at_ms = number % users, 1_750_000_000_000 + number * 40_000
        events = tuple(
            Event(f"{number}-{i}", chance.choice(["view", "click", "add_to_cart"]),
                  f"item-{int(CATALOGUE ** chance.random())}", at_ms + i * 3000)
            for i in range(BATCH))
        position = Position("shardId-000000000000", 2**185 + number * 2**60)
        yield Record(position, Batch(f"user-{user}", at_ms, events))


def main() -> None:
    """Measure as the updater works: unpack, fold one record, pack."""
    assert BATCH <= MAX_EVENTS
    vocabulary, made = Vocabulary(), list(records())
    states = {record.batch.subject: pack(EMPTY) for record in made}
    began = time.process_time()
    for record in made:
        subject = record.batch.subject
        states[subject] = pack(fold(unpack(states[subject]), record, vocabulary))
    seconds = time.process_time() - began
    events = len(made) * BATCH
    report({
        "events_per_s_core": round(events / seconds),
        "state_bytes_median": sorted(map(len, states.values()))[len(states) // 2],
        "events_per_call": BATCH,
    })


if __name__ == "__main__":
    main()
