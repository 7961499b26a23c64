"""Lambda: the consumers of the stream, given records by hand."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from functions.intake import LATE
from functions.settings import ReplayEvents

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

# A consumer may take its whole minute, and what it did is not asked for twice.
_PATIENT = Config(connect_timeout=1, read_timeout=65, retries={"total_max_attempts": 1})


class ConsumerError(Exception):
    """The consumer did not apply all that it was given."""


class Consumers:
    """The three functions that read the stream."""

    def __init__(self, settings: ReplayEvents, client: "LambdaClient | None" = None) -> None:
        self.all = (settings.users_function, settings.items_function, settings.log_function)
        self._client = client or boto3.client("lambda", config=_PATIENT)

    def call(self, function: str, event: Mapping[str, Any]) -> None:
        """Have records applied that come late. function: name or ARN.

        raises: ConsumerError, when it is no consumer, fails, or hands records back.
        """
        name = function.partition(":function:")[2].partition(":")[0] or function
        if name not in self.all:
            raise ConsumerError(f"{function} does not read the stream")
        # As tight as Lambda's own: a batch that just fitted into a call fits into this one.
        payload = json.dumps({**event, LATE: True}, separators=(",", ":"), ensure_ascii=False)
        answer = self._client.invoke(FunctionName=name, Payload=payload.encode())
        told = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise ConsumerError(f"{name} failed: {told[:500]}")
        if json.loads(told)["batchItemFailures"]:
            raise ConsumerError(f"{name} could not apply all of it, and handed it back")
