"""The soak can fail: functions that break one promise each are caught within its seeds."""

import pytest

from soak.deployment import Deployment
from soak.seed import soak
from tests.soak.mutants import MUTANTS
from tests.soak.test_seed import SEEDS

# Of those that few seeds catch, one that does: it is tried before all others.
FIRST = {"log named by its first record": 14, "going on past a failure": 8,
         "log that says all is well": 3, "users left unprocessed": 6}


@pytest.mark.parametrize("name", MUTANTS)
def test_it_is_caught(deployment: Deployment, name: str) -> None:
    deployment.others = MUTANTS[name]
    try:
        seeds = sorted(SEEDS, key=lambda seed: seed != FIRST.get(name))
        caught = any(soak(seed, deployment).problems for seed in seeds)
    finally:
        deployment.others = {}

    assert caught
