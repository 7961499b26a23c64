"""Work that is done a step at a time, by whoever has a moment."""

from collections.abc import Generator
from typing import TypeVar

Found = TypeVar("Found")


def whole(steps: Generator[object, None, Found]) -> Found:
    """Do all that is left of it; answers with what comes of it."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Found = done.value
            return found
