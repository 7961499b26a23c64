import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cfnlint import ManualArgs, lint

from infra.app import build
from tests.infra.synthesized import NO_PACKAGES, Stack, listed

# PutMetricData knows no resource: a condition limits it to one namespace.
RESOURCELESS = {"cloudwatch:PutMetricData"}
# CDK makes a function wait for its role, which CloudFormation knows by itself.
KNOWN_LINT = ["W3005"]


def statements(stack: Stack) -> list[dict[str, Any]]:
    return [statement for policy in stack.of("AWS::IAM::Policy").values()
            for statement in policy["PolicyDocument"]["Statement"]]


def test_no_action_is_a_wildcard(stack: Stack) -> None:
    actions = {action for statement in statements(stack) for action in listed(statement["Action"])}

    assert not {action for action in actions if "*" in action}


def test_no_resource_is_everything(stack: Stack) -> None:
    everywhere = {action for statement in statements(stack) if "*" in listed(statement["Resource"])
                  for action in listed(statement["Action"])}

    assert everywhere == RESOURCELESS


def test_no_role_carries_a_policy_that_aws_wrote(stack: Stack) -> None:
    assert not any("ManagedPolicyArns" in role for role in stack.of("AWS::IAM::Role").values())


def test_a_function_writes_to_its_own_log(stack: Stack) -> None:
    for verb, function in stack.functions().items():
        logs = [statement["Resource"] for statement in stack.statements_of(verb)
                if "logs:PutLogEvents" in listed(statement["Action"])]

        assert logs == [{"Fn::GetAtt": [function["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}]


def test_cfn_lint_finds_nothing(stack: Stack) -> None:
    found = lint(json.dumps(stack.document), config=ManualArgs(
        ignore_checks=KNOWN_LINT, regions=["us-east-1", "eu-west-1"]))

    assert not found


def test_every_finding_of_the_security_rules_is_exempted_with_a_reason(tmp_path: Path) -> None:
    build({**NO_PACKAGES, "security_rules": True}, str(tmp_path)).synth()


def test_a_finding_without_a_reason_stops_the_synth(tmp_path: Path) -> None:
    app = build({**NO_PACKAGES, "security_rules": True}, str(tmp_path))
    (stack,) = (child for child in app.node.children if isinstance(child, cdk.Stack))
    s3.Bucket(stack, "Open")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_a_traced_deployment_of_a_known_account_passes_too(
    tmp_path: Path, synthesize: Callable[..., Stack]
) -> None:
    settings = {"security_rules": True, "tracing": True, "snap_start": True, "access_log": True,
                "account": "123456789012", "region": "eu-west-1"}

    stack = synthesize(**settings)

    assert stack.of("AWS::Lambda::Alias")
