"""A stocked local cloud in a process of its own, so that its CPU time is nobody else's."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple

from bench.shop import shop
from bench.stocked import stock
from bench.traffic import Shoppers
from local.cloud import Cloud


class Spent(NamedTuple):
    """CPU seconds of the process since it began; of which the emulator of AWS."""

    cpu_s: float
    emulator_s: float


class Server:
    """Where it listens, and what it has spent."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url, self.api_key = pipe.recv()

    def spent(self) -> Spent:
        """Once every function has seen all events that were sent."""
        self._pipe.send("spent")
        return Spent(*self._pipe.recv())


@contextmanager
def served(items: int, shoppers: Shoppers, users: int) -> Iterator[Server]:
    """Until it is left."""
    shop(items)  # made once; a start that waits for it would look like one that hangs
    spawned = multiprocessing.get_context("spawn")
    mine, its = spawned.Pipe()
    process = spawned.Process(target=_serve, args=(its, items, shoppers, users))
    process.start()
    its.close()  # else the end of the process would not be heard
    try:
        yield Server(mine)
    finally:
        mine.close()
        process.join()


def _serve(pipe: Connection, items: int, shoppers: Shoppers, users: int) -> None:
    with Cloud() as cloud:
        stock(cloud, items, shoppers, users)
        pipe.send((cloud.url, cloud.api_key))
        while _is_asked(pipe):
            cloud.drain()
            pipe.send((time.process_time(), cloud.engine.answering_s))


def _is_asked(pipe: Connection) -> bool:
    """Or did who asks go away?"""
    try:
        return bool(pipe.recv())
    except EOFError:
        return False
