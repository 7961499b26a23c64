"""Two engines for all contracts: MiniStack as it is, and with everything it lacks."""

from collections.abc import Iterator

import pytest

from rehearsal.engine import Engine
from tests.rehearsal.emulator.account import Account


@pytest.fixture(scope="session")
def bare() -> Iterator[Account]:
    """The account of MiniStack as it is."""
    with Engine(parts=(), name="bare") as engine:
        yield Account(engine)


@pytest.fixture(scope="session")
def patched() -> Iterator[Account]:
    """The account of MiniStack with every part."""
    with Engine(name="patched") as engine:
        yield Account(engine)
