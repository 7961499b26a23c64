"""python -m bench [step ...]: every measurement, or some, into bench/history.jsonl and results.md.

Each runs in a process of its own; a step of several words is quoted: "serving 10000". What a month
costs is told of docs/metered.json, which `python -m bench.metering` writes by itself.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from bench.history import Measured, keep, newest
from bench.page import render
from bench.peer_search import PYTHON
from model.assemble import git_revision

RESULTS = Path("bench/results.md")
SIZES = (10_000, 100_000, 1_000_000)
SHOPS = (*map(str, SIZES), "1000000 clustered")
STEPS = (
    *(f"serving {shop}" for shop in SHOPS),
    *(f"batching {n}" for n in SIZES[:2]),
    *(f"filtering {n}" for n in SIZES[1:]),
    "clusters 1000000", "clusters 10000000",  # the first run clusters them, for minutes
    "swap 1000000",
    "peers 100000",
    "start 100000",
    "memory",
    "reading",
    "folding",
    "rebuilding",
    *(f"ledger {events_per_s}" for events_per_s in (10, 100, 1000)),
    "hot_keys",
    "log_formats",
    "quality time", "quality leave-one-out",
    "load",  # from here on in wall time: last, as they may be waited for in peace
    "freshness",
)


def main(asked: Sequence[str]) -> None:
    """Prepare, measure, keep, write."""
    if unknown := set(asked) - set(STEPS):
        sys.exit(f"{', '.join(sorted(unknown))}: no step; known are {', '.join(STEPS)}")
    for shop in SHOPS:
        _run(f"shop {shop}")
    possible = [step for step in STEPS if PYTHON.exists() or not step.startswith("peers")]
    for step in tqdm(asked or possible, desc="measuring", unit="step", disable=None):
        found = json.loads(_run(step).splitlines()[-1])
        keep(Measured(step, datetime.now(UTC).date().isoformat(), git_revision()[:7], _machine(),
                      os.getloadavg()[0], found))
        RESULTS.write_text(render(newest(), STEPS))
    print(f"written to {RESULTS}")


def _run(step: str) -> str:
    verb, *arguments = step.split()
    ran = subprocess.run([sys.executable, "-m", f"bench.{verb}", *arguments],
                         stdout=subprocess.PIPE, text=True, check=True)
    return ran.stdout


def _machine() -> str:
    (model,) = {line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text()
                .splitlines() if line.startswith("model name")} or {"unknown processor"}
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main(sys.argv[1:])
