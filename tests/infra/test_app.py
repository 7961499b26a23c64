from pathlib import Path

import pytest

from infra.app import build
from infra.deployment import DeploymentError
from tests.infra.synthesized import NO_PACKAGES


def test_the_stack_is_named_after_the_deployment(tmp_path: Path) -> None:
    assembly = build({**NO_PACKAGES, "name": "shop"}, str(tmp_path)).synth()

    assert [stack.stack_name for stack in assembly.stacks] == ["shop"]
    assert assembly.stacks[0].tags == {"headwater": "shop"}


def test_a_deployment_goes_wherever_the_credentials_point(tmp_path: Path) -> None:
    (stack,) = build(NO_PACKAGES, str(tmp_path)).synth().stacks

    assert stack.environment.account == "unknown-account"
    assert stack.environment.region == "unknown-region"


def test_a_wrong_setting_stops_the_synth(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="shards"):
        build({**NO_PACKAGES, "shards": -1}, str(tmp_path))
