"""One key of the owner for everything of the stack that rests: by `customer_key`.

Whoever reads or writes through a service needs the key as well. Each role gets it for the services
that its own policy names, and for nothing else: the key opens no data that the role could not ask
its service for. Without this key AWS's own keys encrypt, at no cost and with no say in their use.
cost: a key is billed by the month and by the request. source: AWS, "AWS KMS pricing".
"""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment

_SERVICES = ("dynamodb", "kinesis", "s3", "sns", "sqs")  # where a role's call needs the key
# source: AWS, "DynamoDB encryption at rest: usage notes", "What is Kinesis server-side
# encryption", "Using server-side encryption with AWS KMS keys", "Key management" (SQS, SNS).
_USES = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
         "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]


class CustomerKey(Construct):
    """The key; it lives as long as what it encrypts."""

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment) -> None:
        super().__init__(scope, id_)
        self._name, self._stack = deployment.name, cdk.Stack.of(self)
        self.key = kms.Key(
            self, "Key", enable_key_rotation=True,
            description=f"{deployment.name}: all data at rest",
            removal_policy=(cdk.RemovalPolicy.RETAIN if deployment.retain_data
                            else cdk.RemovalPolicy.DESTROY))
        self._let_logs_use_it()
        # An event that no function takes goes to the queue. The call for the key carries no
        # source. source: AWS, "Key management" (SQS), event sources from AWS services.
        self._let("events.amazonaws.com", {})

    def encrypt(self) -> None:
        """Have everything of the stack that is there by now use the key."""
        for found in self._stack.node.find_all():
            if isinstance(found, iam.Role):
                self._let_role_use_it(found)
            elif isinstance(found, cdk.CfnResource):
                self._encrypt(found)
        # source: AWS, "Managing Amazon SNS encryption keys and costs", event sources.
        ours = {"StringEquals": {"aws:SourceAccount": self._stack.account}}
        for service in sorted(self._publishers()):
            self._let(service, ours)

    def _encrypt(self, found: cdk.CfnResource) -> None:
        arn = self.key.key_arn
        match found:
            case dynamodb.CfnTable():
                found.sse_specification = dynamodb.CfnTable.SSESpecificationProperty(
                    sse_enabled=True, sse_type="KMS", kms_master_key_id=arn)
            case s3.CfnBucket():
                found.bucket_encryption = _bucket_encryption(arn)
            case kinesis.CfnStream():
                found.stream_encryption = kinesis.CfnStream.StreamEncryptionProperty(
                    encryption_type="KMS", key_id=arn)
            case sqs.CfnQueue():
                found.kms_master_key_id, found.sqs_managed_sse_enabled = arn, None
            case sns.CfnTopic():
                found.kms_master_key_id = arn
            case logs.CfnLogGroup():
                found.kms_key_id = arn

    def _let_logs_use_it(self) -> None:
        """For log groups of this stack. source: AWS, "Encrypt log data in CloudWatch Logs"."""
        group = self._stack.format_arn(
            service="logs", resource="log-group", resource_name=f"{self._name}-*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME)
        self._let(f"logs.{self._stack.region}.amazonaws.com",
                  {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
                  *_USES)

    def _let(
        self, service: str, conditions: dict[str, dict[str, str]], *actions: str
    ) -> None:
        self.key.add_to_resource_policy(iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)], resources=["*"],
            actions=list(actions) or ["kms:Decrypt", "kms:GenerateDataKey"],
            conditions=conditions))

    def _publishers(self) -> set[str]:
        """Services that publish to topics: those of alarms, and whom a topic's policy names."""
        found = {"cloudwatch.amazonaws.com"}
        for policy in self._stack.node.find_all():
            if isinstance(policy, sns.CfnTopicPolicy):
                for statement in self._stack.resolve(policy.policy_document)["Statement"]:
                    principal = statement["Principal"]
                    found |= {principal["Service"]} if "Service" in principal else set()
        return found

    def _let_role_use_it(self, role: iam.Role) -> None:
        services = [f"{service}.{self._stack.region}.amazonaws.com"
                    for service in _SERVICES if service in set(self._asked_by(role))]
        if services:
            role.add_to_policy(iam.PolicyStatement(
                actions=_USES, resources=[self.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": services}}))

    def _asked_by(self, role: iam.Role) -> Iterator[str]:
        """Services whose actions the role's policy names."""
        policy = role.node.try_find_child("DefaultPolicy")
        if isinstance(policy, iam.Policy):
            for statement in self._stack.resolve(policy.document)["Statement"]:
                actions = statement["Action"]
                for action in actions if isinstance(actions, list) else [actions]:
                    yield action.split(":")[0]


def _bucket_encryption(arn: str) -> s3.CfnBucket.BucketEncryptionProperty:
    # A bucket key: one call to KMS for many objects. source: AWS, "Reducing the cost of SSE-KMS
    # with Amazon S3 Bucket Keys".
    return s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[
        s3.CfnBucket.ServerSideEncryptionRuleProperty(
            bucket_key_enabled=True,
            server_side_encryption_by_default=s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
                sse_algorithm="aws:kms", kms_master_key_id=arn))])
