"""The deployment that is rehearsed, and what its policies give."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cdk import CONTEXT
from tests.infra.synthesized import NO_PACKAGES, Stack, listed

# Read when aws_cdk is imported: the Node that pip installed, and no validation of its own (4 s).
os.environ.setdefault("JSII_NODE", str(Path(sys.executable).with_name("node")))
os.environ.setdefault("CDK_VALIDATION", "false")
HASH = 8  # characters that CDK appends to a logical id


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    from infra.app import build

    folder = tmp_path_factory.mktemp("cdk")
    assembly = build({**NO_PACKAGES, **CONTEXT, "name": "shop"}, str(folder)).synth()
    return Stack(assembly.stacks[0].template)


@pytest.fixture(scope="session")
def given(rehearsed: Stack) -> dict[str, set[str]]:
    """Logical id without its hash -> actions, of all whose policies can be taken apart."""
    found = defaultdict(set)
    for holder, statement in _statements(rehearsed):
        if statement["Effect"] == "Allow":
            found[holder[:-HASH]].update(listed(statement["Action"]))
    return dict(found)


def _statements(stack: Stack) -> Iterator[tuple[str, Any]]:
    for id_, role in stack.of("AWS::IAM::Role").items():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            yield id_, statement
        for statement in stack.statements(id_):
            yield id_, statement
    for permission in stack.of("AWS::Lambda::Permission").values():
        yield permission["FunctionName"]["Fn::GetAtt"][0], {"Effect": "Allow", **permission}
    for kind, holders in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::S3::BucketPolicy", "Bucket")):
        yield from _of_resources(stack, kind, holders)


def _of_resources(stack: Stack, kind: str, holders: str) -> Iterator[tuple[str, Any]]:
    for policy in stack.of(kind).values():
        for holder in listed(policy[holders]):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield holder["Ref"], statement
