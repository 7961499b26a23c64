"""Import and model load of the scorer, beside importing ONNX Runtime and numpy alone.

python -m bench.start [items]
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from bench.canned import EVENT, canned_cloud
from bench.clock import report
from bench.shop import shop

ROUNDS = 21  # with 7 a ratio came out 4% apart from one run to the next
BARE = "import numpy, onnxruntime"
CODE = """
import time
{body}
cpu_ms = time.process_time() * 1000
import json
from bench.clock import peak_mb
print(json.dumps([cpu_ms, peak_mb()]))
"""
# The first call of a new process, which reads everything: wall time would be the machine's.
FIRST = f"""
from functions.recommend import handler
answered = handler({EVENT!r}, None)
assert '"source":"personal"' in answered["body"], answered
"""

def main() -> None:
    """Each in fresh processes, in turn; the medians."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = shop(n_items)
    bodies = {
        "bare": BARE,
        "handler_imports": "import functions.recommend",
        "handler_imports_and_model": "import functions.recommend\nfrom pathlib import Path\n"
        f"from functions.scorer import open_model\nopen_model(Path({str(folder)!r}))",
        "first_answer": FIRST,
    }
    spent: dict[str, list[list[float]]] = {name: [] for name in bodies}
    with canned_cloud(folder) as there:
        for number in range(ROUNDS + 1):
            for name, body in bodies.items():
                ran = _run(body, there)
                if number:  # the first round writes the bytecode
                    spent[name].append(ran)
    cpu_ms = {name: [run[0] for run in runs] for name, runs in spent.items()}
    report({"items": n_items,
            "cpu_ms": {name: round(median(ms)) for name, ms in cpu_ms.items()},
            "process_peak_mb": {name: round(max(run[1] for run in runs))
                                for name, runs in spent.items()},
            "init_over_bare": _over(cpu_ms["handler_imports_and_model"], cpu_ms["bare"]),
            "first_answer_over_bare": _over(cpu_ms["first_answer"], cpu_ms["bare"])})


def _over(some: Sequence[float], others: Sequence[float]) -> float:
    """Of rounds, since what runs at one time waits for the same neighbours; the median."""
    return round(median(one / other for one, other in zip(some, others, strict=True)), 2)


def _run(body: str, there: dict[str, str]) -> list[float]:
    ran = subprocess.run([sys.executable, "-c", CODE.format(body=body)], capture_output=True,
                         text=True, check=True, env=os.environ | there)
    return list(json.loads(ran.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
