import json
from typing import Any

import pytest

from local.engine import Engine
from rehearsal.grants.cuts import Cut, cuts
from rehearsal.grants.places import FunctionPolicy, QueuePolicy, RolePolicy, Trust

ROLE, BUCKET = "shop-DoorRole-X1", "shop-bucket-x2"
TRUSTS = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
          "Action": "sts:AssumeRole"}
TLS_ONLY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
LETS = "arn:aws:execute-api:us-east-1:123456789012:api1/v1/POST/events"


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions: Any, resources: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


class Shop:
    """A deployment of one role and a bucket, and what else a test makes in it."""

    def __init__(self, engine: Engine, *statements: Any) -> None:
        self.engine, self.name = engine, "shop"
        self.resources = [("AWS::IAM::Role", "DoorRole01234567", ROLE),
                          ("AWS::S3::Bucket", "Bucket89ABCDEF", BUCKET),
                          ("AWS::ApiGateway::Stage", "Stage89ABCDEF", "v1")]
        engine.client("s3").create_bucket(Bucket=BUCKET)
        engine.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(TLS_ONLY))
        iam = engine.client("iam")
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=policy(TRUSTS))
        if statements:
            iam.put_role_policy(
                RoleName=ROLE, PolicyName="own", PolicyDocument=policy(*statements))

    def cuts(self, place: type) -> list[Cut]:
        """Of policies that lie in such a place."""
        return [cut for cut in cuts(self) if isinstance(cut.place, place)]


def test_a_statement_of_one_action_and_one_resource_is_cut_out_whole(engine: Engine) -> None:
    other = allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/b")
    shop = Shop(engine, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/a"), other)

    first, second = shop.cuts(RolePolicy)

    assert (first.action, first.resource) == ("s3:GetObject", "Bucket/a")
    assert first.without["Statement"] == [other]
    assert second.action == "s3:PutObject"


def test_the_only_statement_of_a_role_leaves_nothing(engine: Engine) -> None:
    (cut,) = Shop(engine, allow(["s3:GetObject"], ["*"])).cuts(RolePolicy)

    assert cut.without["Statement"] == []


def test_each_of_many_actions_is_cut_out_alone(engine: Engine) -> None:
    found = Shop(engine, allow(["s3:Get", "s3:Put", "s3:List"], "*")).cuts(RolePolicy)

    assert {cut.action: cut.without["Statement"][0]["Action"] for cut in found} == {
        "s3:Get": ["s3:Put", "s3:List"], "s3:Put": ["s3:Get", "s3:List"],
        "s3:List": ["s3:Get", "s3:Put"]}
    assert {cut.resource for cut in found} == {"*"}


def test_each_of_many_resources_is_cut_out_alone(engine: Engine) -> None:
    one, two = f"arn:aws:s3:::{BUCKET}/one", f"arn:aws:s3:::{BUCKET}/two"

    found = Shop(engine, allow("s3:GetObject", [one, two])).cuts(RolePolicy)

    assert {cut.resource: cut.without["Statement"][0]["Resource"] for cut in found} == {
        "Bucket/one": [two], "Bucket/two": [one]}


def test_of_many_actions_on_many_resources_each_action_and_each_resource_is_cut_out(
    engine: Engine,
) -> None:
    resources = ["arn:aws:s3:::a", "arn:aws:s3:::b"]

    found = Shop(engine, allow(["s3:Get", "s3:Put"], resources)).cuts(RolePolicy)

    assert [cut.gives for cut in found] == [
        "s3:Get on a, b", "s3:Put on a, b", "s3:Get, s3:Put on a", "s3:Get, s3:Put on b"]


def test_what_is_denied_is_no_cut_and_stays(engine: Engine) -> None:
    denied = {**allow("s3:DeleteObject", "*"), "Effect": "Deny"}

    (cut,) = Shop(engine, denied, allow("s3:GetObject", "*")).cuts(RolePolicy)

    assert cut.without["Statement"] == [denied]


def test_a_role_without_its_only_trust_is_trusted_to_nobody(engine: Engine) -> None:
    (cut,) = Shop(engine).cuts(Trust)

    assert cut.gives == "sts:AssumeRole on itself for lambda.amazonaws.com"
    (nobody,) = cut.without["Statement"]
    assert (nobody["Effect"], nobody["Principal"]) == ("Deny", {"AWS": "*"})


def test_who_may_call_a_function_is_named_with_its_service_and_what_it_acts_for(
    engine: Engine,
) -> None:
    shop = Shop(engine)
    engine.client("lambda").create_function(
        FunctionName="shop-Door", Runtime="python3.13", Handler="index.handler",
        Code={"ZipFile": b""}, Role=f"arn:aws:iam::123456789012:role/{ROLE}")
    engine.client("lambda").add_permission(
        FunctionName="shop-Door", StatementId="one", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com", SourceArn=LETS)
    shop.resources.append(("AWS::Lambda::Function", "IngestionDoor01234567", "shop-Door"))

    (cut,) = shop.cuts(FunctionPolicy)

    assert cut.holder == "IngestionDoor"
    assert cut.resource == (
        "function:IngestionDoor for apigateway.amazonaws.com for api1/v1/POST/events")
    assert cut.without["Statement"] == []


def test_a_queue_without_its_only_statement_lets_nobody_send(engine: Engine) -> None:
    shop = Shop(engine)
    sends = {**allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:shop-parked-x3"),
             "Principal": {"Service": "events.amazonaws.com"}}
    made = engine.client("sqs").create_queue(
        QueueName="shop-parked-x3", Attributes={"Policy": policy(sends)})
    shop.resources.append(("AWS::SQS::Queue", "Parked01234567", made["QueueUrl"]))

    (cut,) = shop.cuts(QueuePolicy)

    assert cut.gives == "sqs:SendMessage on Parked for events.amazonaws.com"
    assert [statement["Effect"] for statement in cut.without["Statement"]] == ["Deny"]


@pytest.mark.parametrize(("resource", "plain"), [
    ("arn:aws:s3:::shop-bucket-x2/models/*", "Bucket/models/*"),
    ("arn:aws:logs:us-east-1:123456789012:log-group:/shop/door:*", "log-group:/shop/door:*"),
    ("arn:aws:execute-api:us-east-1:123456789012:api1/v1/GET/x", "api1/v1/GET/x"),
    ("*", "*")])
def test_a_resource_is_named_without_account_region_and_hashes(
    engine: Engine, resource: str, plain: str
) -> None:
    (cut,) = Shop(engine, allow("s3:GetObject", resource)).cuts(RolePolicy)

    assert cut.resource == plain


def test_the_holder_of_a_policy_is_named_without_its_hash(engine: Engine) -> None:
    assert {cut.holder for cut in cuts(Shop(engine, allow("s3:Get", "*")))} == {"DoorRole"}
