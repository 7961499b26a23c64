"""DynamoDB: every model that was promoted or refused, and the pointer to the one that serves."""

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from domain.artifact import ModelCard
from domain.layout import MODELS
from functions.aws import CONFIG, Patience, dynamodb

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CURRENT = "current"
SHELF = "shelf"
POINTER = "pointer"  # the one sort key below CURRENT


class RegistryError(Exception):
    """No model of that version stands on the shelf."""


class Entry(NamedTuple):
    """One job's outcome. version: None when it left no model; refusals: empty = promoted."""

    version: str | None
    judged_ms: int
    job: str
    refusals: list[str]
    metrics: dict[str, dict[str, float]]
    created_at: str


class Registry:
    """The table of models."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def current(self) -> tuple[str, int] | None:
        """Version that serves and when it was pointed at, None before the first."""
        found = self._client.get_item(
            TableName=self._table, Key=_key(CURRENT, POINTER), ConsistentRead=True).get("Item")
        return (found["target"]["S"], int(found["since_ms"]["N"])) if found else None

    def made_ms(self) -> int:
        """When the table was made, which is when the deployment was."""
        table = self._client.describe_table(TableName=self._table)["Table"]
        return round(table["CreationDateTime"].timestamp() * 1000)

    def record(self, entry: Entry) -> None:
        """Write down a judgement; the first one of a version (or a job without one) stands."""
        self._put({
            **_key(SHELF, entry.version or entry.job), "judged_ms": {"N": str(entry.judged_ms)},
            "job": {"S": entry.job}, "refusals": {"S": json.dumps(entry.refusals)},
            "metrics": {"S": json.dumps(entry.metrics)}, "created_at": {"S": entry.created_at},
        }, "attribute_not_exists(judged_ms)")

    def point(self, version: str, now_ms: int) -> bool:
        """Let a version serve: the whole act of promotion, and of rollback.

        False when the pointer was moved at that moment or after it: the later decision stands.
        raises: RegistryError, when the version is not on the shelf or was refused.
        """
        known = {entry.version for entry in self.entries() if not entry.refusals}
        if version not in known:
            raise RegistryError(f"{version} is no promoted model")
        now = {"N": str(now_ms)}
        return self._put({**_key(CURRENT, POINTER), "target": {"S": version}, "since_ms": now},
                         "attribute_not_exists(since_ms) OR since_ms < :now", {":now": now})

    def entries(self) -> list[Entry]:
        """Every judgement, newest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table, KeyConditionExpression="#part = :shelf", ConsistentRead=True,
            ExpressionAttributeNames={"#part": MODELS.partition_key},
            ExpressionAttributeValues={":shelf": {"S": SHELF}})
        found = [_entry(item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda entry: -entry.judged_ms)

    def of_job(self, job: str) -> Entry | None:
        """How a job was judged, None when it was not yet."""
        return next((entry for entry in self.entries() if entry.job == job), None)

    def _put(
        self, item: dict[str, Any], condition: str, values: dict[str, Any] | None = None
    ) -> bool:
        given = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._client.put_item(
                TableName=self._table, Item=item, ConditionExpression=condition, **given)  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def entry_of(version: str, card: ModelCard, job: str, refusals: list[str], now_ms: int) -> Entry:
    """What is written down of one judged card; NaN, which JSON does not know, is left out."""
    metrics = {name: {metric: value for metric, value in found.items() if math.isfinite(value)}
               for name, found in card.metrics.items()}
    return Entry(version, now_ms, job, refusals, metrics, card.created_at)


def failure_of(job: str, reason: str, now_ms: int) -> Entry:
    """What is written down of a job that left no model."""
    return Entry(None, now_ms, job, [reason], {}, "")


def _entry(item: dict[str, Any]) -> Entry:
    name, job = item[MODELS.sort_key]["S"], item["job"]["S"]
    return Entry(None if name == job else name, int(item["judged_ms"]["N"]), job,
                 json.loads(item["refusals"]["S"]), json.loads(item["metrics"]["S"]),
                 item["created_at"]["S"])


def _key(part: str, version: str) -> dict[str, Any]:
    return {MODELS.partition_key: {"S": part}, MODELS.sort_key: {"S": version}}
