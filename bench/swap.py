"""Requests while a newer model is loaded beside them, and while none is.

python -m bench.swap [items]

CPU milliseconds of the whole process, threads included. The bucket is a folder: what its bytes
take over a network comes on top, `STEP_BYTES` of them a request.
"""

import contextlib
import io
import logging
import os
import sys
import time
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"  # as the template sets it; read at import

import numpy as np
from aws_lambda_powertools import Logger

from bench.clock import report
from bench.serving import USERS, MemoryUsers, Quiet, ask
from domain.artifact import CARD, MANIFEST, ModelCard, sealed_files, verify, write_manifest
from domain.rules import Rules
from domain.vocabulary import Vocabulary
from functions.desk import Desk
from functions.registry import Pointer as At
from functions.scorer import ASIDE_MS, CHECK_MS, STEP_BYTES, Loaded, Scorer
from functions.shelf import Shelf

SWAPS = 6
QUIET_REQUESTS = 300
SHOPS = Path(".build/bench")


class Bucket:
    """What the shelf uses of an S3 client, over folders by version."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders

    def get_object(self, *, Key: str, Range: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """As boto3's."""
        version, name = Key.split("/")[1:]
        path, (first, last) = self._folders[version] / name, Range[6:].split("-")
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(int(first))
            data = file.read(min(size, int(last) + 1) - int(first))
        return {"Body": io.BytesIO(data), "ETag": version,
                "ContentRange": f"bytes {first}-{last}/{size}"}


class Pointer:
    """A registry whose pointer is moved by hand."""

    def __init__(self, version: str) -> None:
        self.version = version

    def pointer(self) -> At:
        """As `Registry.pointer`."""
        return At(self.version, 0, 0)


class Clocked:
    """A scorer by a clock of its own."""

    rollout, candidate = None, None

    def __init__(self, scorer: Scorer) -> None:
        self._scorer, self.now_ms = scorer, 0

    @property
    def loaded(self) -> Loaded | None:
        """As `Scorer.loaded`."""
        return self._scorer.loaded

    def current(self, _: int) -> Loaded | None:
        """As `Scorer.current`."""
        return self._scorer.current(self.now_ms)


class Played:
    """One scorer that is asked again and again."""

    def __init__(self, n_items: int) -> None:
        first = SHOPS / f"shop-{n_items}"  # made by bench.shop, in a process of its own
        second = again(first)
        self._versions = [verify(first), verify(second)]
        self._pointer = Pointer(self._versions[0])
        shelf = Shelf("b", Bucket(dict(zip(self._versions, (first, second), strict=True))))  # type: ignore[arg-type]
        self._clock = Clocked(Scorer(shelf, self._pointer))  # type: ignore[arg-type]
        words = Vocabulary()
        self._desk = Desk(MemoryUsers(n_items), self._clock, Quiet(), words,  # type: ignore[arg-type]
                          Rules((), words), Logger(), Counter())
        self._asked = 0

    def request_ms(self) -> float:
        """CPU milliseconds of one request."""
        self._asked += 1
        began = time.process_time_ns()
        ask(f"user-{self._asked % USERS}", self._desk)
        return (time.process_time_ns() - began) / 1e6

    def swap(self, waited_ms: int) -> list[float]:
        """Every request until the other model serves; the second comes so long after the first."""
        self._versions.reverse()
        self._pointer.version = self._versions[0]
        self._clock.now_ms += CHECK_MS
        spent = [self.request_ms()]
        self._clock.now_ms += waited_ms
        while (loaded := self._clock.loaded) is None or loaded.version != self._versions[0]:
            spent.append(self.request_ms())
        return spent


def main() -> None:
    """Without a swap; while requests share it; and where one does it all."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    logging.disable(logging.CRITICAL)
    played = Played(n_items)
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        first_ms = played.request_ms()
        quiet = [played.request_ms() for _ in range(QUIET_REQUESTS)]
        shared = [played.swap(0) for _ in range(SWAPS)]
        alone = [played.swap(ASIDE_MS) for _ in range(SWAPS // 2)]
    report({
        "items": n_items, "step_mb": STEP_BYTES / 2**20, "first_request_ms": round(first_ms),
        "quiet_ms": _spread(quiet), "while_shared_ms": _spread(list(chain.from_iterable(shared))),
        "requests_per_swap": len(shared[0]),
        "in_one_request_ms": round(float(np.median([max(spent) for spent in alone]))),
    })


def _spread(spent: list[float]) -> dict[str, float]:
    return {"p50": round(float(np.percentile(spent, 50)), 1),
            "p99": round(float(np.percentile(spent, 99)), 1), "most": round(max(spent), 1)}


def again(folder: Path) -> Path:
    """The same model under another version: hard links, and a card of another time."""
    other = folder.with_name(folder.name + "-again")
    if not (other / MANIFEST).exists():
        other.mkdir(exist_ok=True)
        for name in set(sealed_files(folder)) - {CARD}:
            os.link(folder / name, other / name)
        card = ModelCard.from_json((folder / CARD).read_text())
        (other / CARD).write_text(card._replace(created_at="later").to_json())
        write_manifest(other)
    return other


if __name__ == "__main__":
    main()
