"""The stack, synthesized once per session without the packages of its layers."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra.synthesized import NO_PACKAGES, Stack

# Read when aws_cdk is imported: the Node that pip installed, and no validation of its own (4 s).
os.environ.setdefault("JSII_NODE", str(Path(sys.executable).with_name("node")))
os.environ.setdefault("CDK_VALIDATION", "false")


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stack]:
    """Build a deployment with these settings."""
    from infra.app import build

    def run(**settings: Any) -> Stack:
        outdir = tmp_path_factory.mktemp("cdk")
        assembly = build({**NO_PACKAGES, **settings}, str(outdir)).synth()
        return Stack(assembly.stacks[0].template)

    return run


@pytest.fixture(scope="session")
def stack(synthesize: Callable[..., Stack]) -> Stack:
    """The deployment of cdk.json."""
    return synthesize()


@pytest.fixture(scope="session")
def guarded(synthesize: Callable[..., Stack]) -> Stack:
    """A REST API that asks for tokens of users."""
    return synthesize(jwt_issuer="https://id.example", jwt_audience="shop")


@pytest.fixture(scope="session")
def cheap(synthesize: Callable[..., Stack]) -> Stack:
    """The profile with the HTTP API."""
    return synthesize(profile="cheap")


@pytest.fixture(scope="session")
def gated(synthesize: Callable[..., Stack]) -> Stack:
    """An HTTP API with every function there can be, and every guard that it can have."""
    return synthesize(profile="cheap", jwt_issuer="https://id.example", jwt_audience="shop",
                      customer_key=True, access_log=True, allowed_origin="https://shop.example",
                      personalize=True)


@pytest.fixture(scope="session")
def everything(synthesize: Callable[..., Stack]) -> Stack:
    """A deployment with every guard that a setting can put up."""
    return synthesize(jwt_issuer="https://id.example", jwt_audience="shop", web_acl=True,
                      customer_key=True, access_log=True, allowed_origin="https://shop.example",
                      personalize=True)
