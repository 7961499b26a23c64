"""Interleaved CPU-time measurements, and the peak memory of the process."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def interleave(acts: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, dict[str, float]]:
    """Each act once per round, in turn; p50 and p99 CPU milliseconds of each.

    Interleaved, so that a noisy minute of the machine falls on all alike.
    """
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds + 3):
        for name, act in acts.items():
            began = time.thread_time_ns()
            act()
            if number >= 3:  # the first rounds warm caches
                spent[name].append((time.thread_time_ns() - began) / 1e6)
    return {name: {"p50_ms": float(np.percentile(ms, 50)), "p99_ms": float(np.percentile(ms, 99))}
            for name, ms in spent.items()}


def cpu_s(act: Callable[[], Any], rounds: int) -> float:
    """Least CPU seconds of the process that an act took."""
    spent = []
    for _ in range(rounds):
        began_s = time.process_time()
        act()
        spent.append(time.process_time() - began_s)
    return min(spent)


def report(measured: Mapping[str, Any]) -> None:
    """Print the measurement of this process, with its peak memory."""
    print(json.dumps({**measured, "peak_mb": round(peak_mb())}))


def peak_mb() -> float:
    """Most memory this process ever had resident. The kernel's own record starts anew at exec,
    unlike that of getrusage, which a child takes over from its parent."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines()
               if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
