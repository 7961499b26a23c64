"""Where policies lie in a deployment: each is read, and written without one of its parts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from rehearsal.deployed import Deployed
from rehearsal.engine import Engine

Policy = dict[str, Any]


class Place(Protocol):
    """Somewhere a policy lies."""

    def read(self, engine: Engine) -> Policy:
        """As it stands."""

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""


@dataclass(frozen=True)
class RolePolicy:
    """What a role may do."""

    role: str
    name: str

    def read(self, engine: Engine) -> Policy:
        """As it stands."""
        found = engine.client("iam").get_role_policy(RoleName=self.role, PolicyName=self.name)
        return dict(found["PolicyDocument"])

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""
        engine.client("iam").put_role_policy(
            RoleName=self.role, PolicyName=self.name, PolicyDocument=json.dumps(policy))


@dataclass(frozen=True)
class Trust:
    """Who may take a role."""

    role: str

    def read(self, engine: Engine) -> Policy:
        """As it stands."""
        found = engine.client("iam").get_role(RoleName=self.role)["Role"]
        return dict(found["AssumeRolePolicyDocument"])

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""
        engine.client("iam").update_assume_role_policy(
            RoleName=self.role, PolicyDocument=json.dumps(policy))


@dataclass(frozen=True)
class FunctionPolicy:
    """Who may call a function."""

    function: str

    def read(self, engine: Engine) -> Policy:
        """As it stands; a function nobody was let near has none."""
        client = engine.client("lambda")
        try:
            found = client.get_policy(FunctionName=self.function)
        except client.exceptions.ResourceNotFoundException:
            return {"Statement": []}
        return dict(json.loads(found["Policy"]))

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""
        client, wanted = engine.client("lambda"), {s["Sid"]: s for s in policy["Statement"]}
        standing = {statement["Sid"] for statement in self.read(engine)["Statement"]}
        for sid in standing - wanted.keys():
            client.remove_permission(FunctionName=self.function, StatementId=sid)
        for sid in wanted.keys() - standing:
            statement = wanted[sid]
            client.add_permission(
                FunctionName=self.function, StatementId=sid, Action=statement["Action"],
                Principal=statement["Principal"]["Service"],
                SourceArn=next(iter(statement["Condition"]["ArnLike"].values())))


@dataclass(frozen=True)
class QueuePolicy:
    """Who may send to a queue."""

    url: str

    def read(self, engine: Engine) -> Policy:
        """As it stands."""
        found = engine.client("sqs").get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["Policy"])
        return dict(json.loads(found["Attributes"]["Policy"]))

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""
        engine.client("sqs").set_queue_attributes(
            QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})


@dataclass(frozen=True)
class BucketPolicy:
    """Who may do what in a bucket."""

    bucket: str

    def read(self, engine: Engine) -> Policy:
        """As it stands."""
        found = engine.client("s3").get_bucket_policy(Bucket=self.bucket)
        return dict(json.loads(found["Policy"]))

    def write(self, engine: Engine, policy: Policy) -> None:
        """From here on."""
        engine.client("s3").put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))


@contextmanager
def standing(engine: Engine, place: Place, policy: Policy) -> Iterator[None]:
    """Another policy in a place, for a while."""
    whole = place.read(engine)
    place.write(engine, policy)
    try:
        yield
    finally:
        place.write(engine, whole)


def places(shop: Deployed) -> Iterator[tuple[str, Place]]:
    """Every policy of a deployment that can be taken apart, with the logical id of its holder."""
    iam = shop.engine.client("iam")
    for kind, logical_id, name in shop.resources:
        if kind == "AWS::IAM::Role":
            yield logical_id, Trust(name)
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                yield logical_id, RolePolicy(name, policy)
        elif kind == "AWS::Lambda::Function":
            yield logical_id, FunctionPolicy(name)
        elif kind == "AWS::SQS::Queue":
            yield logical_id, QueuePolicy(name)
        elif kind == "AWS::S3::Bucket":
            yield logical_id, BucketPolicy(name)
