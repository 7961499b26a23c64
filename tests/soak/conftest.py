"""A deployment that a whole file soaks, and a run that nothing hit."""

import os
from collections.abc import Iterator

import pytest

# Lambda sets it before a handler is imported, and powertools reads it then.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Headwater/headwater")

from soak.deployment import Deployment


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """Holds the process until the file is done."""
    with Deployment().running() as running:
        yield running
