"""Where functions, and API Gateway, write."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


def make_log_group(scope: Construct, id_: str, days: int) -> logs.LogGroup:
    """A log group that forgets, and goes with the stack."""
    made = logs.LogGroup(scope, id_, removal_policy=cdk.RemovalPolicy.DESTROY)
    resource = made.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = days  # CDK's own enum has names where CloudWatch has numbers
    return made
