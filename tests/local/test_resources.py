import io
import zipfile
from pathlib import Path

import pytest

from local import resources
from local.engine import Engine
from tests.local.stage import template


def test_tables_streams_and_buckets_are_made_as_the_template_says(engine: Engine) -> None:
    resources.create(template(Events={"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "named", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in "abc"],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"},
                      {"AttributeName": "b", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-c", "KeySchema": [{"AttributeName": "c", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}}]}}), engine)

    dynamodb = engine.client("dynamodb")
    table = dynamodb.describe_table(TableName="named")["Table"]
    expiry = dynamodb.describe_time_to_live(TableName="Users")["TimeToLiveDescription"]
    shards = engine.client("kinesis").list_shards(StreamName="Stream")["Shards"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["a", "b"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-c"]
    assert expiry["AttributeName"] == "expires_s"
    assert len(shards) == 2
    assert engine.client("s3").list_buckets()["Buckets"][0]["Name"] == "bucket"


def test_a_topic_is_made_and_referred_to_by_its_arn(engine: Engine) -> None:
    made = template(Alarms={"Type": "AWS::SNS::Topic", "Properties": {}})

    resources.create(made, engine)

    (topic,) = engine.client("sns").list_topics()["Topics"]
    assert topic["TopicArn"] == made.resolve({"Ref": "Alarms"})


def test_an_on_demand_stream_begins_with_four_shards(engine: Engine) -> None:
    resources.create(template(Stream={"Type": "AWS::Kinesis::Stream", "Properties": {
        "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}}), engine)

    shards = engine.client("kinesis").list_shards(StreamName="Stream")["Shards"]

    assert len(shards) == 4


def test_the_fingerprint_changes_with_what_keeps_state_and_nothing_else() -> None:
    shards = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 3}}
    schedule = {"Type": "AWS::Scheduler::Schedule", "Properties": {}}

    usual = resources.fingerprint(template())

    assert resources.fingerprint(template(Nightly=schedule)) == usual
    assert resources.fingerprint(template(Stream=shards)) != usual


def test_an_asset_is_published_as_a_zip_at_its_address(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "file.py").write_text("x = 1\n")

    resources.publish("s3://assets-here/hash.zip", {"hash.zip": tmp_path}, engine)

    body = engine.client("s3").get_object(Bucket="assets-here", Key="hash.zip")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).read("room/file.py") == b"x = 1\n"


@pytest.mark.parametrize(("name", "value"), [
    ("Key", "a-key-that-is-long-enough"), ("PersonalizeKey", "a-secret-that-is-long-enough")])
def test_a_key_has_the_id_that_functions_are_told(engine: Engine, name: str, value: str) -> None:
    made = template(**{name: {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True}}})

    resources.create_keys(made, engine, "a-key-that-is-long-enough", "a-secret-that-is-long-enough")

    found = engine.client("apigateway").get_api_key(
        apiKey=made.resolve({"Ref": name}), includeValue=True)
    assert (found["value"], found["enabled"]) == (value, True)

