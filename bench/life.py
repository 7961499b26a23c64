"""One copy of `recommend` from its start on: many lists, then a newer model and the catalogue anew.

Run by `bench.memory` in a process of its own, all of whose CPU time and memory it is.
"""

import contextlib
import io
import time

import numpy as np

from bench.canned import EVENT
from bench.clock import report
from functions import recommend
from functions.personal import now
from functions.surroundings import FETCH_MS

LISTS = 300


def main() -> None:
    """CPU milliseconds of a start, of most lists, and of the slowest; peak memory."""
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        loaded()
        start_ms = time.process_time() * 1000
        warm = [answer_ms() for _ in range(LISTS)]
        before = version()
        recommend.adapters().desk.scene(now() + FETCH_MS)  # of when the catalogue was fetched
        recommend.wake()  # everything is looked for anew, and the pointer has moved
        swap = loaded()
    assert version() != before
    report({"start_cpu_ms": round(start_ms),
            "p50_cpu_ms": round(float(np.percentile(warm, 50)), 2),
            "p99_cpu_ms": round(float(np.percentile(warm, 99)), 2),
            "slowest_cpu_ms": round(max(*warm, *swap)), "lists_per_swap": len(swap)})


def loaded() -> list[float]:
    """CPU milliseconds of every list until a model serves that no newer one is to replace."""
    spent = [answer_ms()]
    while recommend.adapters().desk.is_loading:
        spent.append(answer_ms())
    return [*spent, answer_ms(of="personal")]


def answer_ms(of: str = "") -> float:
    """CPU milliseconds of one list, threads included. of: the source it must have."""
    began_s = time.process_time()
    answered = recommend.handler(EVENT, None)
    spent_ms = (time.process_time() - began_s) * 1000
    assert answered["statusCode"] == 200
    assert f'"source":"{of}' in answered["body"], answered["body"]
    return spent_ms


def version() -> str | None:
    """Of the model that serves."""
    return recommend.adapters().desk.scene(now()).version


if __name__ == "__main__":
    main()
