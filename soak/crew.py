"""Many seeds in processes of their own: each process has a deployment, and one run at a time."""

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

from soak.deployment import Deployment
from soak.dice import Kind
from soak.seed import Outcome, soak

# Seeds. What a run leaves is in cycles, and looking for them all the time took half of it.
COLLECT_EVERY = 10
CHUNK = 4  # seeds handed to a process at once
# Seeds of a process until all are replaced: moto remembers every table it ever made, 0.6 MB a seed.
# Not left to the pool: one that replaces its processes by itself can wait for ever (Python 3.11).
EACH = 200

_process = ExitStack()  # holds what a worker has open until it ends
_deployments: list[Deployment] = []


def soak_all(
    seeds: Iterable[int], kinds: Iterable[Kind], processes: int, each: int = EACH
) -> Iterator[Outcome]:
    """The outcome of each seed, in order. each: seeds of a process until it is replaced."""
    kinds, seeds = frozenset(kinds), list(seeds)
    Deployment()  # synthesizes, once for all
    for begin in range(0, len(seeds), each * processes):
        part = seeds[begin:begin + each * processes]
        with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
            yield from pool.map(_one, part, [kinds] * len(part), chunksize=CHUNK)


def _begin() -> None:
    _deployments.append(_process.enter_context(Deployment().running()))
    gc.collect()
    gc.freeze()
    gc.disable()


def _one(seed: int, kinds: frozenset[Kind]) -> Outcome:
    if seed % COLLECT_EVERY == 0:
        gc.collect()
    return soak(seed, _deployments[0], kinds)
