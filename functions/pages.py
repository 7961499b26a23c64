"""DynamoDB: pages of what happened to items, by shard and by how far they reach."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from domain.layout import PAGE_TTL_S, PAGES
from domain.page import PageRecord, decode_page
from domain.record import Position
from functions.aws import CONFIG

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


MAX_PAGES = 120  # new ones a shard and call: four minutes of them, so whoever is behind catches up


class Pages:
    """The table of pages."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Config = CONFIG
    ) -> None:
        self._client = client or boto3.client("dynamodb", config=config)
        self._table = table

    def put(self, last: Position, page: bytes, arrived_ms: int) -> bool:
        """Write a page, unless one is there that reaches as far and holds no less.

        Those that end with the same record hold what comes before it, so the longer holds the
        shorter, and a write that lands late takes nothing away.
        cost: one write unit per KB, written or not.
        """
        try:
            self._client.put_item(
                TableName=self._table, Item=_write(last, page, arrived_ms),
                ConditionExpression="attribute_not_exists(#page) OR size(#page) < :size",
                ExpressionAttributeNames={"#page": "page"},
                ExpressionAttributeValues={":size": {"N": str(len(page))}})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def after(
        self, covered: dict[str, int], shards: Iterable[str], *, consistent: bool = False
    ) -> Iterator[tuple[str, PageRecord]]:
        """Records of every page of these shards that reaches beyond the last covered one.

        At most `MAX_PAGES` of a shard; the next call goes on after them.
        cost: half a read unit per 4 KB, a whole one when consistent.
        """
        for shard_id in shards:
            seen = Position(shard_id, max(0, covered.get(shard_id, 0)))
            for data in self._query(seen, ">", consistent):
                yield from ((shard_id, record) for record in decode_page(data))

    def held(self, first: Position) -> set[int]:
        """Which records of a shard, from `first` on, stand on a page already.

        cost: as `after`.
        """
        return {record.sequence for data in self._query(first, ">=", consistent=True)
                for record in decode_page(data)}

    def _query(self, seen: Position, operator: str, consistent: bool) -> Iterator[bytes]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=f"#shard = :shard AND #last {operator} :seen",
            ExpressionAttributeNames={"#shard": PAGES.partition_key, "#last": PAGES.sort_key},
            ExpressionAttributeValues={":shard": {"S": seen.shard_id},
                                       ":seen": {"S": seen.padded}},
            ConsistentRead=consistent,
            PaginationConfig={"MaxItems": MAX_PAGES, "PageSize": MAX_PAGES},
        )
        for page in pages:
            yield from (bytes(found["page"]["B"]) for found in page["Items"])


def _write(last: Position, page: bytes, arrived_ms: int) -> dict[str, Any]:
    return {
        PAGES.partition_key: {"S": last.shard_id},
        PAGES.sort_key: {"S": last.padded},
        PAGES.ttl: {"N": str(arrived_ms // 1000 + PAGE_TTL_S)},
        "page": {"B": page},
    }
