"""A transaction does all or nothing, and copies no table for it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.table import Table

from local.engine import Engine

KEYS = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}]


@pytest.fixture(params=[1, 2], ids=["hash", "hash and range"])
def dynamodb(engine: Engine, request: pytest.FixtureRequest) -> Any:
    client = engine.client("dynamodb")
    keys = KEYS[:request.param]
    client.create_table(
        TableName="t", KeySchema=keys, BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[
            {"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in keys])
    for name in "xyz":
        client.put_item(TableName="t", Item=item(name, 1))
    return client


def key(name: str, client: Any) -> dict[str, Any]:
    schema = client.describe_table(TableName="t")["Table"]["KeySchema"]
    return {each["AttributeName"]: {"S": name} for each in schema}


def item(name: str, n: int) -> dict[str, Any]:
    return {"a": {"S": name}, "b": {"S": name}, "n": {"N": str(n)}}


def rows(client: Any) -> dict[str, int]:
    return {found["a"]["S"]: int(found["n"]["N"])
            for found in client.scan(TableName="t")["Items"]}


def acts(client: Any, last_condition: str) -> list[dict[str, Any]]:
    return [
        {"Put": {"TableName": "t", "Item": item("new", 7)}},
        {"Update": {"TableName": "t", "Key": key("x", client), "UpdateExpression": "SET n = :n",
                    "ExpressionAttributeValues": {":n": {"N": "7"}}}},
        {"Delete": {"TableName": "t", "Key": key("y", client)}},
        {"ConditionCheck": {"TableName": "t", "Key": key("z", client),
                            "ConditionExpression": last_condition}}]


def test_all_acts_are_done(dynamodb: Any) -> None:
    dynamodb.transact_write_items(TransactItems=acts(dynamodb, "attribute_exists(n)"))

    assert rows(dynamodb) == {"new": 7, "x": 7, "z": 1}


def test_one_that_may_not_be_done_undoes_those_before_it(dynamodb: Any) -> None:
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=acts(dynamodb, "attribute_not_exists(n)"))

    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]
    assert rows(dynamodb) == {"x": 1, "y": 1, "z": 1}


@pytest.mark.parametrize("act", [
    {"Put": {"TableName": "none", "Item": {"a": {"S": "x"}}}},
    {"Delete": {"TableName": "t", "Key": {"other": {"S": "x"}}}}])
def test_what_moto_refuses_is_refused_as_before(dynamodb: Any, act: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": "t", "Item": item("new", 7)}}, act])

    assert rows(dynamodb) == {"x": 1, "y": 1, "z": 1}


def test_rows_that_no_act_names_are_not_copied(dynamodb: Any) -> None:
    copied = []

    class Row(str):
        def __deepcopy__(self, memo: Any) -> "Row":
            copied.append(self)
            return self

    from moto.dynamodb.models import dynamodb_backends
    table = dynamodb_backends["123456789012"]["us-east-1"].tables["t"]
    assert isinstance(table, Table)
    table.items["other"]["other"] = Row("of somebody else")  # type: ignore[index]

    dynamodb.transact_write_items(TransactItems=acts(dynamodb, "attribute_exists(n)")[:1])

    assert copied == []
