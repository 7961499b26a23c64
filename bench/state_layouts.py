"""What a user's state takes of DynamoDB in other layouts, over the calls of a metered run.

python -m bench.state_layouts [calls]

Sizes alone are computed. *columns*: each event as the time since the one before it in bytes of 7
bits, one byte that tells type and item, and an item's key once, however often it comes.
"""

import math
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tqdm import tqdm

from bench.clock import report
from bench.traffic import Shoppers
from domain.event import parse_batch
from domain.features import UserState, fold
from domain.packing import pack
from domain.record import Position, Record
from domain.vocabulary import Vocabulary
from functions.users import STATE, row_key
from local.bill.units import item_bytes, write_units

CALLS, RATE, PER_CALL = 100_000, 100.0, 10
ROW_BYTES = item_bytes({**row_key(str(UUID(int=0)), STATE), STATE: {"B": b""},
                        "revision": {"N": "1234"}})  # of a row, beside its state
KEY_BYTES, VALUE_BYTES = 8, 2


def today(state: UserState) -> int:
    """As it is."""
    return len(pack(state))


def columns(state: UserState, key_bytes: int = KEY_BYTES) -> int:
    """As small as whole bytes make it."""
    size, before_ms = today(state._replace(history=())), 0
    for entry in state.history:
        size += _varint_bytes(entry.at_ms - before_ms) + 1
        size += VALUE_BYTES * (entry.value is not None)
        before_ms = entry.at_ms
    return size + key_bytes * len({entry.item for entry in state.history})


LAYOUTS: dict[str, Callable[[UserState], int]] = {  # bytes of a state
    "today": today,
    "today, 50 events": lambda state: today(_newest(state, 50)),
    "columns": columns,
    "columns, 48-bit keys": lambda state: columns(state, 6),
    "columns, 64 events": lambda state: columns(_newest(state, 64)),
}


def main() -> None:
    """Play the calls, print write units of each."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    report(measure(calls))


def measure(calls: int) -> dict[str, Any]:
    """Write units a call, by layout.

    begun: so many were of users of whom nothing was known: two units for the look at whether they
    were erased, and each of the state's twice, as both are one transaction.
    """
    shoppers, vocabulary, begin_s = Shoppers(), Vocabulary(), time.time()
    states: dict[int, UserState] = {}
    begun, units = 0, dict.fromkeys(LAYOUTS, 0)
    for number, call in enumerate(tqdm(
            shoppers.calls(calls, rate=RATE, per_call=PER_CALL, begin_s=begin_s),
            total=calls, unit="call", disable=None)):
        state = states.get(call.user) or shoppers.past(call.user, int(begin_s * 1000))
        is_new = not state.counts
        batch, _ = parse_batch(call.body, int(call.at_s * 1000), vocabulary)
        state = fold(state, Record(Position("shardId-000000000000", number), batch), vocabulary)
        states[call.user] = state
        begun += is_new
        for name, size_of in LAYOUTS.items():
            units[name] += write_units(size_of(state) + ROW_BYTES, transacted=is_new)
            units[name] += is_new * write_units(0, transacted=True)  # whether they were erased
    return {"calls": calls, "begun": begun,
            "write_units_per_call": {name: round(n / calls, 3) for name, n in units.items()}}


def _newest(state: UserState, count: int) -> UserState:
    return state._replace(history=state.history[-count:])


def _varint_bytes(number: int) -> int:
    return max(1, math.ceil(number.bit_length() / 7))


if __name__ == "__main__":
    main()
