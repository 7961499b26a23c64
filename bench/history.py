"""Every measurement there was: bench/history.jsonl, a line each, the newest last."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

HISTORY = Path("bench/history.jsonl")


class Measured(NamedTuple):
    """What a step found. step: as it is asked for; load: processes that ran or waited meanwhile."""

    step: str
    date: str
    commit: str
    machine: str
    load: float
    found: dict[str, Any]

    @classmethod
    def of(cls, line: str) -> Self:
        """A line of the history."""
        return cls(**json.loads(line))

    def __str__(self) -> str:
        return json.dumps(self._asdict())


def keep(measured: Measured, path: Path = HISTORY) -> None:
    """One more line."""
    with path.open("a") as lines:
        lines.write(f"{measured}\n")


def newest(path: Path = HISTORY) -> dict[str, Measured]:
    """Step -> what it found the last time."""
    return {measured.step: measured for measured in _read(path)}


def _read(path: Path) -> Iterator[Measured]:
    if path.exists():
        yield from map(Measured.of, path.read_text().splitlines())
