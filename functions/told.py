"""DynamoDB: which jobs the owner was told of, so that an end that is told twice is one mail."""

from typing import TYPE_CHECKING, Any

from domain.layout import MODELS, TOLD, TOLD_TTL_S
from functions.aws import CONFIG, Patience, dynamodb

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Told:
    """The table of models, as it remembers what was said."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def knows(self, job: str) -> bool:
        """Was the owner told of a job?"""
        return "Item" in self._client.get_item(
            TableName=self._table, Key=_key(job), ConsistentRead=True)

    def note(self, job: str, now_s: int) -> None:
        """Remember that the owner was told; for as long as anybody may be called again."""
        self._client.put_item(TableName=self._table, Item={
            **_key(job), MODELS.ttl: {"N": str(now_s + TOLD_TTL_S)}})


def _key(job: str) -> dict[str, Any]:
    return {MODELS.partition_key: {"S": TOLD}, MODELS.sort_key: {"S": job}}
