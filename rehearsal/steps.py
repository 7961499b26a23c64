"""A rehearsal goes step by step, and says how long each took."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rehearsal.engine import RehearsalError


def step(what: str, act: Callable[[], Any]) -> Any:
    """Do and say how long it took."""
    began = time.monotonic()
    found = act()
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)
    return found


def words(act: Callable[..., Any]) -> str:
    """What a step is, by the first line of its docstring."""
    named = act.func if isinstance(act, partial) else act
    return str(named.__doc__).partition("\n")[0]


def expect_none(what: str, found: Any) -> None:
    """raises: RehearsalError, when there is something."""
    if found:
        raise RehearsalError(f"{what}: {found}")
