"""Lists in batch beside lists on demand: users per second and core, everything but the network.

python -m bench.batching [items]
"""

import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"  # as the template sets it; read at import

import numpy as np

from bench.clock import cpu_s, interleave, report
from bench.serving import FixedModel, MemoryUsers, ask, desk_of
from domain.batch_plan import Plan
from functions.desk import Desk
from functions.make_batch import Adapters, Made, make
from functions.population import PAGE_ROWS, Person
from infra.limits import VCPU_MB
from local.bill.prices import usd

USERS = 500  # one page of the table
ROUNDS = 3
ASKED = 200  # calls of the live handler, among which a batch is measured
WINDOWS = 32  # encoded in one run of the graph, to see whether that would pay
MEMORY_GB = VCPU_MB / 1024
STATE_KB = 1.0  # of a user with 60 events, in the table


class Table(MemoryUsers):
    """And as a segment of the table is read."""

    def segment(self, _number: int, _of: int, **_: bool) -> Iterator[list[Person]]:
        """As `Population.segment`."""
        subjects = list(self.packed)
        for start in range(0, USERS, PAGE_ROWS):
            yield [Person(subject, self.get(subject))
                   for subject in subjects[start:start + PAGE_ROWS]]


def main() -> None:
    """Users per second of one core, in batch and on demand, and what a million of them cost."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    logging.disable(logging.CRITICAL)
    table = Table(n_items, USERS)
    model = FixedModel(Path(f".build/bench/shop-{n_items}"))  # made by bench.shop
    desk = desk_of(model, table)
    nobody: Any = None  # what a segment is not made of
    given = Adapters(desk, nobody, table, nobody, nobody)  # type: ignore[arg-type]
    made = _made(given)
    batch_s = cpu_s(lambda: _made(given), ROUNDS)
    users = iter([f"user-{n % USERS}" for n in range(ASKED + 10)])
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        live = interleave({"live": lambda: ask(next(users), desk)}, ASKED)["live"]
    live_ms, batch_ms = live["p50_ms"], batch_s * 1000 / USERS
    report({
        "items": n_items, "users": made.users,
        "batch_ms_per_user": round(batch_ms, 3), "batch_users_per_s": round(1000 / batch_ms),
        "live_ms_per_user": round(live_ms, 3), "live_users_per_s": round(1000 / live_ms),
        "batch_over_live": round(live_ms / batch_ms, 2),
        "encode_ms": {str(n): round(ms, 3) for n, ms in _encoding(desk, table).items()},
        "line_bytes_gzipped": round(len(made.data) / made.users),
        "usd_per_million_users": round(_usd(batch_ms, len(made.data) / made.users), 3),
    })


def _made(given: Adapters) -> Made:
    return make(given, Plan("bench", 0, 1, {"k": 10}), 0)


def _encoding(desk: Desk, table: Table) -> dict[int, float]:
    """Milliseconds a user to encode one window, and many in one run of the graph."""
    scene = desk.scene(0)
    assert scene.model is not None
    model, now_ms = scene.model, time.time_ns() // 1_000_000
    windows = [model.window(table.get(f"user-{n}").state.history, desk.vocabulary, now_ms)
               for n in range(WINDOWS)]
    return {size: float(np.median([_spent_ms(partial(model.runtime.encode, windows[:size]))
                                   for _ in range(30)])) / size for size in (1, WINDOWS)}


def _spent_ms(act: Any) -> float:
    began_ns = time.thread_time_ns()
    act()
    return (time.thread_time_ns() - began_ns) / 1e6


def _usd(batch_ms: float, line_bytes: float) -> float:
    """Lambda, the scan at half a read unit per 4 KB, and 7 days in the bucket; of a million."""
    lambda_usd = usd("lambda_gb_s", 1e6 * batch_ms / 1000 * MEMORY_GB)
    scan_usd = usd("read_unit", 1e6 * STATE_KB / 4 / 2)
    return lambda_usd + scan_usd + usd("s3_gb_month", 1e6 * line_bytes / 1e9 * 7 / 30)


if __name__ == "__main__":
    main()
