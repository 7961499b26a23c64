"""An account without an emulator: moto answers, no policy is asked."""

from collections.abc import Iterator

import pytest

from local.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("key", "secret")
    made.start()
    yield made
    made.stop()
