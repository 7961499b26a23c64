"""A cloud as handlers see it, emptied for each test."""

import pytest

from local.cloud import Cloud
from tests.functions.stage import Stage


@pytest.fixture
def stage(cloud: Cloud) -> Stage:
    """The cloud, and what tests ask of it."""
    return Stage(cloud)
