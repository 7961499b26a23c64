"""The soak can fail: functions that break one promise each are caught within its seeds."""

import pytest

from soak.deployment import Deployment
from soak.seed import soak
from tests.soak.mutants import MUTANTS
from tests.soak.test_seed import SEEDS


@pytest.mark.parametrize("name", MUTANTS)
def test_it_is_caught(deployment: Deployment, name: str) -> None:
    deployment.others = MUTANTS[name]
    try:
        caught = any(soak(seed, deployment).problems for seed in SEEDS)
    finally:
        deployment.others = {}

    assert caught
