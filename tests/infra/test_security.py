import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cfnlint import ManualArgs, lint

from infra.app import build
from tests.infra.synthesized import NO_PACKAGES, Stack, listed

ROOT = Path(__file__).parents[2]
# PutMetricData knows no resource: a condition limits it to one namespace.
RESOURCELESS = {"cloudwatch:PutMetricData"}
# CDK makes a function wait for its role, which CloudFormation knows by itself.
KNOWN_LINT = ["W3005"]


@pytest.fixture(params=["everything", "gated"])
def guards(request: pytest.FixtureRequest) -> Stack:
    """A REST API and an HTTP API, each with all that it can have."""
    stack: Stack = request.getfixturevalue(request.param)
    return stack


def statements(stack: Stack) -> list[dict[str, Any]]:
    return [statement for policy in stack.of("AWS::IAM::Policy").values()
            for statement in policy["PolicyDocument"]["Statement"]]


def test_no_action_is_a_wildcard(guards: Stack) -> None:
    actions = {action for statement in statements(guards)
               for action in listed(statement["Action"])}

    assert not {action for action in actions if "*" in action}


def test_no_resource_is_everything(guards: Stack) -> None:
    everywhere = {action for statement in statements(guards)
                  if "*" in listed(statement["Resource"]) for action in listed(statement["Action"])}

    assert everywhere == RESOURCELESS


def test_no_role_carries_a_policy_that_aws_wrote(guards: Stack) -> None:
    roles = guards.of("AWS::IAM::Role").values()

    assert not any("ManagedPolicyArns" in role for role in roles)


def test_a_function_writes_to_its_own_log(stack: Stack) -> None:
    for verb, function in stack.functions().items():
        logs = [statement["Resource"] for statement in stack.statements_of(verb)
                if "logs:PutLogEvents" in listed(statement["Action"])]

        assert logs == [{"Fn::GetAtt": [function["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}]


POLICIES = {"AWS::S3::BucketPolicy": ["s3:*"], "AWS::SQS::QueuePolicy": ["sqs:*"],
            "AWS::SNS::TopicPolicy": ["sns:Publish"]}


@pytest.mark.parametrize("kind", POLICIES)
def test_bucket_queue_and_topic_answer_over_tls_alone(guards: Stack, kind: str) -> None:
    for policy in guards.of(kind).values():
        denied = [found for found in policy["PolicyDocument"]["Statement"]
                  if found["Effect"] == "Deny"]

        assert [(listed(d["Action"]), d["Condition"]) for d in denied] == [
            (POLICIES[kind], {"Bool": {"aws:SecureTransport": "false"}})]
        assert denied[0]["Principal"] in ("*", {"AWS": "*"})


def test_every_bucket_queue_and_topic_has_such_a_policy(guards: Stack) -> None:
    for kind in ("S3::Bucket", "SQS::Queue", "SNS::Topic"):
        assert len(guards.of(f"AWS::{kind}")) == len(guards.of(f"AWS::{kind}Policy")) > 0


def test_no_policy_of_a_resource_lets_everybody_in(guards: Stack) -> None:
    allowed = [found for kind in POLICIES for policy in guards.of(kind).values()
               for found in policy["PolicyDocument"]["Statement"] if found["Effect"] == "Allow"]

    assert not [found for found in allowed if found["Principal"] in ("*", {"AWS": "*"})]
    assert all("aws:SourceArn" in json.dumps(found["Condition"]) for found in allowed)


def test_a_service_calls_a_function_for_one_api_or_one_rule(guards: Stack) -> None:
    permissions = guards.of("AWS::Lambda::Permission").values()

    assert permissions
    assert all(found["SourceArn"] not in ("*", None) for found in permissions)
    assert {found["Principal"] for found in permissions} == {
        "apigateway.amazonaws.com", "events.amazonaws.com"}


def test_a_service_takes_a_role_for_this_account_alone(guards: Stack) -> None:
    trusted = [found for role in guards.of("AWS::IAM::Role").values()
               for found in role["AssumeRolePolicyDocument"]["Statement"]]
    # A function's role cannot be lent: it is passed within its account, by whoever may pass it.
    # source: AWS, "Grant a user permissions to pass a role to an AWS service".
    others = [found for found in trusted
              if found["Principal"] != {"Service": "lambda.amazonaws.com"}]

    assert {found["Principal"]["Service"] for found in others} == {
        "sagemaker.amazonaws.com", "scheduler.amazonaws.com"}
    for found in others:
        assert found["Condition"]["StringEquals"]["aws:SourceAccount"] == {
            "Ref": "AWS::AccountId"}
        assert "aws:SourceArn" in json.dumps(found["Condition"])


@pytest.mark.parametrize("name", ["everything", "cheap"])  # the others: `make scan`
def test_cfn_lint_finds_nothing(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)

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
                "account": "123456789012", "region": "eu-west-1", "web_acl": True,
                "customer_key": True, "jwt_issuer": "https://id.example", "jwt_audience": "shop"}

    stack = synthesize(**settings)

    assert stack.of("AWS::Lambda::Alias")


def test_whatever_the_scanner_is_told_to_leave_has_its_reason() -> None:
    lines = (ROOT / ".checkov.yaml").read_text().partition("skip-check:")[2].splitlines()
    left = [line.partition("#") for line in lines if line.strip()]

    assert left
    assert all(re.fullmatch(r"  - CKV\w+ +", check) and len(reason) > 10
               for check, _, reason in left)
