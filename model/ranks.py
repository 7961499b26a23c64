"""The processes of one training, one per GPU, as torchrun starts them.

Each takes its share of every batch, and gradients are summed: what is learned is what one process
alone would learn of the whole batch. The first reads, judges and writes; the others only learn.
When one fails, torchrun ends the others, so that none waits for ever.
source: PyTorch, "torchrun (Elastic Launch)", environment variables, failure modes.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

PATIENCE = timedelta(days=7)  # the others wait while the first reads the log, which takes its time


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of how many processes this one is. local: its GPU."""

    rank: int = 0
    count: int = 1
    local: int = 0

    @property
    def leads(self) -> bool:
        """Is this the process that reads, judges and writes?"""
        return self.rank == 0

    def share(self, batch: Tensor) -> Tensor:
        """The part of a batch that is learned here."""
        return batch[self.rank::self.count]

    def same(self, numbers: Tensor) -> Tensor:
        """The numbers of the first process, in all of them."""
        if self.count > 1:
            distributed.broadcast(numbers, 0)
        return numbers

    def told(self, thing: Any) -> Any:
        """What the first process says, in all of them."""
        if self.count == 1:
            return thing
        said = [thing]
        distributed.broadcast_object_list(said, 0)
        return said[0]

    def add(self, parts: Sequence[Tensor]) -> None:
        """Each part becomes its sum over all processes; they go in one message."""
        if self.count == 1:
            return
        flat = torch.cat([part.flatten() for part in parts])
        distributed.all_reduce(flat)
        sums = torch.split(flat, [part.numel() for part in parts])
        for part, summed in zip(parts, sums, strict=True):
            part.copy_(summed.view_as(part))


ALONE = Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """The ranks of this process: of torchrun's, or alone."""
    if "RANK" not in os.environ:
        yield ALONE
        return
    with_gpu = torch.cuda.is_available()
    ranks = Ranks(*(int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")))
    if with_gpu:
        torch.cuda.set_device(ranks.local)
    distributed.init_process_group("nccl" if with_gpu else "gloo", timeout=PATIENCE)
    yield ranks
    distributed.destroy_process_group()  # not after an error: torchrun ends who still waits


def spread(arguments: Sequence[str], gpus: int) -> list[str] | None:
    """The command that runs this program once per GPU; None where it runs as it is.

    source: PyTorch, "torchrun (Elastic Launch)", single-node multi-worker.
    """
    if gpus < 2 or "RANK" in os.environ:
        return None
    return [sys.executable, "-m", "torch.distributed.run", "--standalone",
            f"--nproc-per-node={gpus}", "-m", "model.train", *arguments]
