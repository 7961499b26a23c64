"""Time of a run: it moves when the run says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from unittest.mock import patch

START_S = 1_760_000_000.0


@dataclass
class Clock:
    """Epoch seconds."""

    now_s: float = START_S

    def __call__(self) -> float:
        """What time it is."""
        return self.now_s

    @property
    def now_ms(self) -> int:
        """The same in whole milliseconds."""
        return round(self.now_s * 1000)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


@contextmanager
def without_pauses() -> Iterator[None]:
    """botocore's pauses between its tries take no time, of the run neither: it draws how long.

    It has no option for how it sleeps; its endpoint needs the module `time` for nothing else.
    """
    with patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None)):
        yield
