import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from infra.deployment import Deployment
from infra.encryption import CustomerKey
from tests.infra.synthesized import Stack, listed

ON = {"customer_key": True, "access_log": True, "jwt_issuer": "https://id.example",
      "jwt_audience": "shop", "web_acl": True}
# Resource type -> where its key is named.
AT_REST = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::S3::Bucket": ("BucketEncryption", "ServerSideEncryptionConfiguration", 0,
                        "ServerSideEncryptionByDefault", "KMSMasterKeyID"),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
}


@pytest.fixture(scope="module")
def keyed(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize(**ON)


def key_of(stack: Stack) -> tuple[str, dict[str, Any]]:
    """The one that encrypts; another one signs models."""
    [(id_, found)] = ((id_, key) for id_, key in stack.of("AWS::KMS::Key").items()
                      if "KeyUsage" not in key)
    return id_, found


def let(stack: Stack) -> dict[str, dict[str, Any]]:
    """Service -> its statement in the policy of the key."""
    statements = key_of(stack)[1]["KeyPolicy"]["Statement"]
    return {json.dumps(service): found for found in statements
            for service in listed(found["Principal"].get("Service", []))}


def of_key(stack: Stack) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """(policy, statement about the key, services that its other statements name)."""
    for id_, policy in stack.of("AWS::IAM::Policy").items():
        statements = policy["PolicyDocument"]["Statement"]
        asked = {action.split(":")[0] for s in statements for action in listed(s["Action"])}
        yield from ((id_, s, asked - {"kms"}) for s in statements
                    if any(action.startswith("kms:") for action in listed(s["Action"]))
                    and not {"kms:Sign", "kms:Verify"} & set(listed(s["Action"])))


def test_a_small_deployment_pays_for_no_key_of_its_data(stack: Stack) -> None:
    assert all("KeyUsage" in key for key in stack.of("AWS::KMS::Key").values())
    assert not list(of_key(stack))


@pytest.mark.parametrize("kind", AT_REST)
def test_whatever_rests_is_encrypted_with_the_one_key(keyed: Stack, kind: str) -> None:
    id_, _ = key_of(keyed)

    for found in keyed.of(kind).values():
        for step in AT_REST[kind]:
            found = found[step]
        assert found == {"Fn::GetAtt": [id_, "Arn"]}


def test_a_managed_key_of_aws_is_asked_for_nowhere_else(keyed: Stack) -> None:
    [queue] = keyed.of("AWS::SQS::Queue").values()

    assert "SqsManagedSseEnabled" not in queue


def test_the_key_rotates_and_stays_as_long_as_the_data(
    keyed: Stack, synthesize: Callable[..., Stack]
) -> None:
    id_, key = key_of(keyed)
    thrown_away = synthesize(customer_key=True, retain_data=False)

    assert key["EnableKeyRotation"] is True
    assert keyed.resources[id_]["DeletionPolicy"] == "Retain"
    assert thrown_away.resources[key_of(thrown_away)[0]]["DeletionPolicy"] == "Delete"


def test_logs_use_the_key_for_groups_of_this_stack_alone(keyed: Stack) -> None:
    [(_, statement)] = [found for found in let(keyed).items() if "logs." in found[0]]

    group = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert group["Fn::Join"][1][-1] == ":log-group:headwater-*"


def test_services_use_the_key_for_this_account_alone_where_they_say_for_whom(
    keyed: Stack
) -> None:
    services = let(keyed)

    assert services['"cloudwatch.amazonaws.com"']["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert {name for name, found in services.items() if "Condition" not in found} == {
        '"events.amazonaws.com"'}


def test_no_service_administers_the_key(keyed: Stack) -> None:
    actions = {action for found in let(keyed).values() for action in listed(found["Action"])}

    assert not any("*" in action or action in ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
                   for action in actions)


def test_a_role_uses_the_key_through_the_services_it_calls_and_no_other_way(
    keyed: Stack
) -> None:
    id_, _ = key_of(keyed)
    found = list(of_key(keyed))

    for _, statement, asked in found:
        through = {json.dumps(via).split(".")[0].split('"')[-1]
                   for via in statement["Condition"]["StringEquals"]["kms:ViaService"]}
        assert statement["Resource"] == {"Fn::GetAtt": [id_, "Arn"]}
        assert through == asked & {"dynamodb", "kinesis", "s3", "sns", "sqs"}
    assert len(found) == len(keyed.of("AWS::IAM::Role")) - len({"authorize", "describe_api"})


def test_whoever_publishes_to_a_topic_may_use_its_key() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    topic = sns.Topic(stack, "Alarms", enforce_ssl=True)
    topic.add_to_resource_policy(iam.PolicyStatement(
        principals=[iam.ServicePrincipal("budgets.amazonaws.com")], actions=["sns:Publish"],
        resources=[topic.topic_arn]))

    made = CustomerKey(stack, "CustomerKey", deployment=Deployment())
    made.encrypt()

    [key] = Template.from_stack(stack).find_resources("AWS::KMS::Key").values()
    principals = [found["Principal"] for found in key["Properties"]["KeyPolicy"]["Statement"]]
    assert {"Service": "budgets.amazonaws.com"} in principals


def test_a_key_passes_the_security_rules(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(security_rules=True, **ON)

    assert stack.of("AWS::KMS::Key")
