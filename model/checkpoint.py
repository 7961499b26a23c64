"""Where an interrupted training goes on from, with the same weights at its end."""

import hashlib
import logging
import os
import pickle
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

CHECKPOINT = "last.pt"
log = logging.getLogger(__name__)

MadeOf = dict[str, Any]  # config, and the digest of what is learned from


class CheckpointError(ValueError):
    """A run cannot go on from what its checkpoint folder holds."""


@dataclass
class Checkpoints:
    """A folder of one training; none = nothing is kept.

    stretch: batches between two places where a run can go on; each begins with its own chance.
    every_s: seconds between two checkpoints within an epoch, at least; its end has one always.
    """

    folder: Path | None
    stretch: int = 1000
    every_s: float = 600.0
    saved_s: float = field(default_factory=time.monotonic)

    def load(self, made_of: MadeOf) -> dict[str, Any] | None:
        """What was saved last, if it is of the same config and data.

        raises: CheckpointError, when it is damaged, or of another config.
        """
        if self.folder is None or not (self.folder / CHECKPOINT).exists():
            return None
        saved = _load(self.folder / CHECKPOINT)
        if saved["made_of"]["config"] != made_of["config"]:
            raise CheckpointError(f"the checkpoint in {self.folder} is of another config")
        if saved["made_of"]["data"] != made_of["data"]:  # a log grows while a spot job waits
            log.warning("the log has changed since the checkpoint: training begins again")
            return None
        return saved

    def due(self) -> bool:
        """Is the last checkpoint so old that another one is worth its time?"""
        return self.folder is not None and time.monotonic() - self.saved_s >= self.every_s

    def save(self, saved: dict[str, Any]) -> None:
        """Aside, then renamed: a run stopped in the middle of writing leaves the one before."""
        self.saved_s = time.monotonic()
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f"{CHECKPOINT}.new"
        torch.save(saved, aside)
        os.replace(aside, self.folder / CHECKPOINT)


def digest(parts: Iterable[NDArray[Any]]) -> str:
    """What rows mean and what is learned from them, so that no other log's weights are taken."""
    found = hashlib.sha256()
    for part in parts:
        found.update(f"{part.shape} {part.dtype}".encode())
        found.update(np.ascontiguousarray(part).data)
    return found.hexdigest()


def _load(path: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(path, "cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} is damaged: remove it to begin again") from error
    if "made_of" not in saved:
        raise CheckpointError(f"{path} is of another version: remove it to begin again")
    return saved
