"""POST /events -> one stream record a call, keyed by the user."""

import json
import os
from functools import cache
from typing import Any

import boto3


@cache
def adapters() -> Any:
    """A client and the stream's name."""
    name = os.environ["HEADWATER_STREAM_NAME"]
    return boto3.client("kinesis"), name


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Put the body on the stream."""
    kinesis, stream = adapters()
    body = json.loads(event["body"])
    kinesis.put_record(StreamName=stream, Data=event["body"].encode(), PartitionKey=body["user_id"])
    return {"statusCode": 202, "body": "{}"}
