"""python -m bench: every measurement in a process of its own, into bench/results.md.

What a month costs is told of docs/metered.json, which `python -m bench.metering` writes by itself.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bench.results import render
from model.assemble import git_revision

RESULTS = Path("bench/results.md")
EVENTS_PER_S = (10, 100, 1000)
SIZES = (10_000, 100_000, 1_000_000)
CLUSTERED = (1_000_000, 10_000_000)  # items; the first run clusters them, for minutes
STEPS = (
    *(("serving", str(n)) for n in SIZES),
    *(("batching", str(n)) for n in SIZES[:2]),
    *(("filtering", str(n)) for n in SIZES[1:]),
    *(("clusters", str(n)) for n in CLUSTERED),
    ("swap", "1000000"),
    ("start", "100000"),
    ("memory", ""),
    ("reading", ""),
    ("folding", ""),
    ("rebuilding", ""),
    *(("ledger", str(n)) for n in EVENTS_PER_S),
    ("hot_keys", ""),
    ("log_formats", ""),
    ("quality", "time"),
    ("quality", "leave-one-out"),
    ("load", ""),  # from here on in wall time: last, as they may be waited for in peace
    ("freshness", ""),
)


def main() -> None:
    """Prepare, measure, write."""
    machine = _machine()
    for n_items in SIZES:
        _run("shop", str(n_items))
    found = {f"{name} {argument}".strip(): json.loads(_run(name, argument).splitlines()[-1])
             for name, argument in tqdm(STEPS, desc="measuring", unit="step", disable=None)}
    RESULTS.write_text(render(found, machine))
    print(f"written to {RESULTS}")


def _run(name: str, argument: str) -> str:
    command = [sys.executable, "-m", f"bench.{name}", *([argument] if argument else [])]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return ran.stdout


def _machine() -> dict[str, Any]:
    (model,) = {line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text()
                .splitlines() if line.startswith("model name")} or {"unknown processor"}
    return {"date": datetime.now(UTC).date().isoformat(), "commit": git_revision(),
            "processor": model, "cores": os.cpu_count(), "python": platform.python_version()}


if __name__ == "__main__":
    main()
