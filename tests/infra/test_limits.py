from dataclasses import fields

import pytest

from infra.deployment import Deployment
from infra.limits import RULES

# Whatever the words say is checked by the room they are for.
READ_ELSEWHERE = {"event_types", "defence", "rules", "experiments", "exploration",
                  "hyperparameters"}


def test_every_number_and_every_word_has_its_limits() -> None:
    bounded = {f.name for f in fields(Deployment) if not isinstance(f.default, bool)}

    assert set(RULES) == bounded - READ_ELSEWHERE


@pytest.mark.parametrize("name", RULES)
def test_a_default_is_within_its_limits(name: str) -> None:
    holds, _ = RULES[name]

    assert holds(getattr(Deployment(), name))


@pytest.mark.parametrize("name", ["shop", "shop-eu", "s1-2-3", "a" * 32])
def test_a_name_that_opens_a_training_job_is_taken(name: str) -> None:
    holds, _ = RULES["name"]

    assert holds(name)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "ap-southeast-5", ""])
def test_regions_of_every_partition_are_taken(region: str) -> None:
    holds, _ = RULES["region"]

    assert holds(region)
