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
CHUNKS = 50  # until it is replaced: moto remembers every table it ever made, 0.6 MB a seed

_process = ExitStack()  # holds what a worker has open until it ends
_deployments: list[Deployment] = []


def soak_all(seeds: Iterable[int], kinds: Iterable[Kind], processes: int) -> Iterator[Outcome]:
    """The outcome of each seed, in order."""
    kinds, seeds = frozenset(kinds), list(seeds)
    Deployment()  # synthesizes, once for all
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin,
                             max_tasks_per_child=CHUNKS) as pool:
        yield from pool.map(_one, seeds, [kinds] * len(seeds), chunksize=CHUNK)


def _begin() -> None:
    _deployments.append(_process.enter_context(Deployment().running()))
    gc.collect()
    gc.freeze()
    gc.disable()


def _one(seed: int, kinds: frozenset[Kind]) -> Outcome:
    if seed % COLLECT_EVERY == 0:
        gc.collect()
    return soak(seed, _deployments[0], kinds)
