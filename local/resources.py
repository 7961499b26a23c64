"""Template -> tables, streams, buckets and topics, which are made; all else is given a name.

Made are keys, indexes, shards and expiry; not made are encryption, recovery, versions, policies and
lifecycle rules, which change nothing of how the flow behaves.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.engine import Engine
from local.template import ACCOUNT, REGION, Template

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BUCKET = "AWS::S3::Bucket"
FUNCTION = "AWS::Lambda::Function"
STREAM = "AWS::Kinesis::Stream"
TOPIC = "AWS::SNS::Topic"
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_TABLE_KEYS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes",
               "LocalSecondaryIndexes", "BillingMode", "ProvisionedThroughput")
_SIGNERS = "Personalize"  # how the logical id begins of the key that `infra.personalize` makes
_HERE = f"{REGION}:{ACCOUNT}"
# What others may refer to -> its ARN after its name; parts of an API have none.
_ARNS = {
    **dict.fromkeys(TABLES, f"arn:aws:dynamodb:{_HERE}:table/"),
    STREAM: f"arn:aws:kinesis:{_HERE}:stream/",
    BUCKET: "arn:aws:s3:::",
    FUNCTION: f"arn:aws:lambda:{_HERE}:function:",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:",
    TOPIC: f"arn:aws:sns:{_HERE}:",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/",
    "AWS::ApiGateway::RestApi": "", "AWS::ApiGateway::Resource": "",
    "AWS::ApiGateway::Authorizer": "", "AWS::ApiGateway::Model": "",
    "AWS::ApiGateway::RequestValidator": "", "AWS::ApiGateway::ApiKey": "",
    "AWS::ApiGatewayV2::Api": "", "AWS::ApiGatewayV2::Authorizer": "",
    "AWS::ApiGatewayV2::Integration": "",
}
_NAMED = {**dict.fromkeys(TABLES, "TableName"), STREAM: "Name", BUCKET: "BucketName"}


def bind(template: Template) -> None:
    """Name every resource that another may refer to: from its logical id, the same each time."""
    for kind, arn in _ARNS.items():
        for name, given in template.resources(kind).items():
            usual = name.lower() if kind == BUCKET else name
            called = given.get(_NAMED.get(kind, ""), usual)
            # A topic alone is referred to by its ARN. source: AWS, "AWS::SNS::Topic", Ref.
            ref = arn + called if kind == TOPIC else called
            template.bind(name, ref, Arn=arn + called, RootResourceId=name)


def create(template: Template, engine: Engine) -> None:
    """Make the tables, streams, buckets and topics, empty."""
    dynamodb, kinesis, s3 = map(engine.client, ("dynamodb", "kinesis", "s3"))
    for name, properties in template.resources(*TABLES).items():
        _create_table(dynamodb, template.resolve({"Ref": name}), template.resolve(properties))
    for name, properties in template.resources(STREAM).items():
        mode = properties.get("StreamModeDetails", {"StreamMode": "PROVISIONED"})
        # An on-demand stream begins with four. source: AWS, "Choose the data stream capacity mode"
        shards = {"ShardCount": properties.get("ShardCount", 1)} \
            if mode["StreamMode"] == "PROVISIONED" else {}
        kinesis.create_stream(StreamName=template.resolve({"Ref": name}), StreamModeDetails=mode,
                              **shards)
    for name in template.resources(BUCKET):
        s3.create_bucket(Bucket=template.resolve({"Ref": name}))
    for name in template.resources(TOPIC):
        engine.client("sns").create_topic(Name=name)


def create_keys(template: Template, engine: Engine, value: str, secret: str) -> None:
    """Make the keys, under the ids that the template's functions know.

    secret: of whoever may do everything here; callers of Personalize sign with it as well, and the
    key of models is made of it, so that those of a cloud that starts again are signed still.
    """
    for name in template.resources("AWS::ApiGateway::ApiKey"):
        engine.make_api_key(template.resolve({"Ref": name}),
                            secret if name.startswith(_SIGNERS) else value)
    for name, given in template.resources("AWS::KMS::Key").items():
        if given.get("KeyUsage") == "SIGN_VERIFY":
            engine.make_signing_key(template.resolve({"Ref": name}), secret)


def fingerprint(template: Template) -> str:
    """Changes when something that keeps state is made otherwise, so that old state may not fit."""
    made = {name: {key: given.get(key) for key in (*_TABLE_KEYS, "ShardCount")}
            for name, given in template.resources(*TABLES, STREAM, BUCKET).items()}
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]


def publish(uri: str, assets: Mapping[str, Path], engine: Engine) -> None:
    """Upload the one asset at an S3 address, zipped as `cdk deploy` does."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    s3 = engine.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=_zip(assets[key]))


def _create_table(dynamodb: "DynamoDBClient", name: str, properties: Mapping[str, Any]) -> None:
    chosen: dict[str, Any] = {key: properties[key] for key in _TABLE_KEYS if key in properties}
    dynamodb.create_table(TableName=name, **chosen)
    expiry = properties.get("TimeToLiveSpecification")
    if expiry:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)


def _zip(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
