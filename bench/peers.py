"""The whole handler beside libraries that merely find the ten best of the same table.

python -m bench.peers [items]

They need an environment of their own: python -m venv data/peers-venv, and there
pip install faiss-cpu implicit. A list of ours has read the user, encoded what they did, scored the
catalogue, kept to rules and told its reasons; theirs is a search with a vector that is at hand, to
which `search` compares.
"""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path

import numpy as np

from bench.clock import interleave, report
from bench.made import folder_of
from bench.peer_search import PYTHON
from bench.serving import HISTORY, ROUNDS, USERS, FixedModel, MemoryUsers, ask, desk_of
from domain.blend import Bias


def main() -> None:
    """p50 CPU milliseconds of each, in one run."""
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing: {__doc__}")
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    logging.disable(logging.CRITICAL)
    model, users = FixedModel(folder_of(n_items)), MemoryUsers(n_items)
    desk, recommender = desk_of(model, users), model.loaded.recommender
    names = cycle(f"user-{number}" for number in range(USERS))
    windows = [recommender.window(desk.state(f"user-{number}").history, desk.vocabulary, 2**42)
               for number in range(USERS)]
    asking = np.concatenate([recommender.runtime.encode([window]) for window in windows])
    found = _theirs(asking, recommender.item_vectors(np.arange(1, n_items + 1)))
    bias = Bias(recommender.unmoved().table, np.zeros(0, np.int64), np.zeros(0, np.float32))
    vectors = cycle(asking * np.float32(recommender.card.blend.encoder))
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        ours = interleave({
            "handler": lambda: ask(next(names), desk),
            "search": lambda: recommender.runtime.score(next(vectors), bias, 10 + HISTORY),
        }, ROUNDS)
    p50 = {name: values["p50_ms"] for name, values in ours.items()}
    report({"items": n_items, "peers_ms": found,
            **{f"{name}_ms": round(ms, 3) for name, ms in p50.items()},
            **{f"{name}_over": {peer: round(ms / theirs, 2) for peer, theirs in found.items()}
               for name, ms in p50.items()}})


def _theirs(users: np.ndarray, items: np.ndarray) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "table.npz"
        np.savez(file, users=users, items=items)
        ran = subprocess.run([PYTHON, "bench/peer_search.py", file], stdout=subprocess.PIPE,
                             check=True, env={**os.environ, "OMP_NUM_THREADS": "1",
                                              "OPENBLAS_NUM_THREADS": "1"})
    return dict(json.loads(ran.stdout))


if __name__ == "__main__":
    main()
