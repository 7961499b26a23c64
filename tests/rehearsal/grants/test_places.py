import json
from collections.abc import Callable
from typing import Any

import pytest

from local.engine import Engine
from rehearsal.grants.places import (
    BucketPolicy,
    FunctionPolicy,
    Place,
    QueuePolicy,
    RolePolicy,
    Trust,
    standing,
)

READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
WRITES = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
TRUSTS, TRUSTS_ANOTHER = (
    {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    for service in ("lambda.amazonaws.com", "scheduler.amazonaws.com"))
SENDS, READS_TOO = (
    {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": action,
     "Resource": "*"} for action in ("sqs:SendMessage", "sqs:ReceiveMessage"))
RULE = "arn:aws:events:us-east-1:123456789012:rule/ended"


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(engine: Engine) -> str:
    made = engine.client("iam").create_role(
        RoleName="role", AssumeRolePolicyDocument=json.dumps(policy(TRUSTS, TRUSTS_ANOTHER)))
    engine.client("iam").put_role_policy(
        RoleName="role", PolicyName="own", PolicyDocument=json.dumps(policy(READS, WRITES)))
    return str(made["Role"]["Arn"])


def role_policy(engine: Engine) -> Place:
    role(engine)
    return RolePolicy("role", "own")


def trust(engine: Engine) -> Place:
    role(engine)
    return Trust("role")


def function_policy(engine: Engine) -> Place:
    client = engine.client("lambda")
    client.create_function(FunctionName="door", Runtime="python3.13", Handler="index.handler",
                           Code={"ZipFile": b""}, Role=role(engine))
    for sid, service, source in (("one", "events.amazonaws.com", RULE),
                                 ("two", "apigateway.amazonaws.com", RULE + "-2")):
        client.add_permission(FunctionName="door", StatementId=sid, Principal=service,
                              Action="lambda:InvokeFunction", SourceArn=source)
    return FunctionPolicy("door")


def queue_policy(engine: Engine) -> Place:
    made = engine.client("sqs").create_queue(
        QueueName="parked", Attributes={"Policy": json.dumps(policy(SENDS, READS_TOO))})
    return QueuePolicy(made["QueueUrl"])


def bucket_policy(engine: Engine) -> Place:
    client = engine.client("s3")
    client.create_bucket(Bucket="kept")
    everybody = {"Principal": {"AWS": "*"}, "Resource": "arn:aws:s3:::kept/*"}
    client.put_bucket_policy(Bucket="kept", Policy=json.dumps(policy(
        {**READS, **everybody}, {**WRITES, **everybody})))
    return BucketPolicy("kept")


PLACES = pytest.mark.parametrize(
    "make", [role_policy, trust, function_policy, queue_policy, bucket_policy])
Make = Callable[[Engine], Place]


def statements(engine: Engine, place: Place) -> list[Any]:
    """In an order of their own, since a function's have none."""
    return sorted(place.read(engine)["Statement"], key=json.dumps)


@PLACES
def test_a_policy_stands_for_a_while(engine: Engine, make: Make) -> None:
    place = make(engine)
    whole = statements(engine, place)

    with standing(engine, place, policy(*whole[1:])):
        meanwhile = statements(engine, place)

    assert meanwhile == whole[1:]
    assert statements(engine, place) == whole


@PLACES
def test_a_policy_is_put_back_also_when_something_fails(engine: Engine, make: Make) -> None:
    place = make(engine)
    whole = statements(engine, place)

    with pytest.raises(ValueError, match="failed"), standing(engine, place, policy(*whole[1:])):
        raise ValueError("failed")

    assert statements(engine, place) == whole


def test_a_role_that_may_two_things_may_one(engine: Engine) -> None:
    place = role_policy(engine)

    with standing(engine, place, policy(READS)):
        assert place.read(engine)["Statement"] == [READS]


def test_a_function_that_lets_nobody_has_no_statement(engine: Engine) -> None:
    place = function_policy(engine)

    with standing(engine, place, policy()):
        assert place.read(engine) == {"Statement": []}
    assert {s["Principal"]["Service"]: s["Condition"]["ArnLike"]["AWS:SourceArn"]
            for s in place.read(engine)["Statement"]} == {
        "events.amazonaws.com": RULE, "apigateway.amazonaws.com": RULE + "-2"}
