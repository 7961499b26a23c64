"""A cloud as handlers see it, emptied for each test."""

import os

import pytest

# Lambda sets it before a handler is imported, and powertools reads it then.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Headwater/headwater")

from local.cloud import Cloud
from recovery.stack import Adapters
from tests.functions.stage import Stage
from tests.recovery.stage import open_stack


@pytest.fixture
def stage(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Stage:
    """The cloud, and what tests ask of it."""
    return Stage(cloud, capsys, caplog)


@pytest.fixture
def opened(cloud: Cloud) -> Adapters:
    """What a rebuild of the cloud touches."""
    return open_stack(cloud)
