"""Stream -> one counter a user, guarded by the last sequence number it saw."""

import base64
import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError


@cache
def adapters() -> Any:
    """A client and the table's name."""
    name = os.environ["HEADWATER_USERS_TABLE"]
    return boto3.client("dynamodb"), name


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Count each record once."""
    for record in event["Records"]:
        count(record["kinesis"])
    return {"batchItemFailures": []}


def count(found: dict[str, Any]) -> None:
    """One more for the record's user, unless this record was counted."""
    dynamodb, table = adapters()
    user_id = json.loads(base64.b64decode(found["data"]))["user_id"]
    try:
        dynamodb.update_item(
            TableName=table, Key={"subject": {"S": user_id}},
            UpdateExpression="ADD seen :one SET #last = :sequence",
            ConditionExpression="attribute_not_exists(#last) OR #last < :sequence",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": {"N": "1"},
                                       ":sequence": {"N": found["sequenceNumber"]}})
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
