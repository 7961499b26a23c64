"""What other libraries take for the ten best of a table: `bench.peers` runs it, where they are.

python bench/peer_search.py FILE.npz: users (U, D) and items (N, D), float32
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

PYTHON = Path("data/peers-venv/bin/python")  # of their environment
K, SEEN, PROBES, ROUNDS = 10, 60, 8, 300


def main() -> None:
    """CPU milliseconds at the median, of each."""
    with np.load(sys.argv[1]) as file:
        users, items = file["users"], file["items"]
    print(json.dumps({name: round(median_ms(search, users), 3)
                      for name, search in searches(users, items)}))


def searches(
    users: np.ndarray[Any, Any], items: np.ndarray[Any, Any]
) -> Iterator[tuple[str, Callable[[int], object]]]:
    """By number of the user. Who cannot leave out what was seen is asked for so much more."""
    faiss = import_module("faiss")
    faiss.omp_set_num_threads(1)
    width = items.shape[1]
    flat = faiss.IndexFlatIP(width)
    flat.add(items)
    yield "faiss, flat", lambda user: flat.search(users[user:user + 1], K + SEEN)
    inverted = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, int(len(items) ** 0.5),
                                  faiss.METRIC_INNER_PRODUCT)
    inverted.train(items)
    inverted.add(items)
    inverted.nprobe = PROBES
    yield f"faiss, inverted lists, {PROBES} probes", (
        lambda user: inverted.search(users[user:user + 1], K + SEEN))
    als = import_module("implicit.cpu.als").AlternatingLeastSquares(factors=width, num_threads=1)
    als.user_factors, als.item_factors = users, items
    sparse = import_module("scipy.sparse")
    chance = np.random.default_rng(1)
    seen = sparse.csr_matrix((np.ones(len(users) * SEEN, np.float32), (
        np.repeat(np.arange(len(users)), SEEN),
        chance.integers(0, len(items), len(users) * SEEN))), (len(users), len(items)))
    yield "implicit, recommend", lambda user: als.recommend(user, seen[user], N=K)


def median_ms(search: Callable[[int], object], users: np.ndarray[Any, Any]) -> float:
    """Of one search, in this thread."""
    spent = []
    for number in range(ROUNDS):
        began_ns = time.process_time_ns()
        search(number % len(users))
        spent.append((time.process_time_ns() - began_ns) / 1e6)
    return float(np.median(spent))


if __name__ == "__main__":
    main()
