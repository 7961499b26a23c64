"""DynamoDB: pages of what happened to items, by shard and by how far they reach."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from domain.layout import PAGE_TTL_S, PAGES
from domain.page import VERSION, read_pages
from domain.record import Position
from functions.aws import CONFIG, Patience, dynamodb

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


MAX_PAGES = 120  # new ones a shard and call: four minutes of them, so whoever is behind catches up


class Pages:
    """The table of pages."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def put(self, last: Position, page: bytes, arrived_ms: int) -> bool:
        """Write a page, unless one is there that reaches as far and holds no less.

        Those that end with the same record hold what comes before it, so of one version the longer
        holds the shorter, and a write that lands late takes nothing away.
        cost: one write unit per KB, written or not.
        """
        try:
            self._client.put_item(
                TableName=self._table, Item=_write(last, page, arrived_ms),
                ConditionExpression=(
                    "attribute_not_exists(#version) OR #version < :version OR size(#page) < :size"),
                ExpressionAttributeNames={"#page": "page", "#version": "version"},
                ExpressionAttributeValues={
                    ":size": {"N": str(len(page))}, ":version": {"N": str(VERSION)}})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def after(
        self, covered: dict[str, int], shards: Iterable[str], *, consistent: bool = False
    ) -> Iterator[tuple[Position, bytes]]:
        """Every page of these shards that reaches beyond the last covered record, and how far.

        At most `MAX_PAGES` of a shard; the next call goes on after them.
        cost: half a read unit per 4 KB, a whole one when consistent.
        """
        for shard_id in shards:
            seen = Position(shard_id, max(0, covered.get(shard_id, 0)))
            yield from self._query(seen, ">", consistent)

    def at(self, lasts: Iterable[Position]) -> Iterator[tuple[Position, bytes]]:
        """The pages that reach exactly so far, as far as they are still there. cost: a query each.
        """
        for last in lasts:
            yield from self._query(last, "=", consistent=True)

    def held(self, first: Position) -> set[int]:
        """Which records of a shard, from `first` on, stand on a page that can be read.

        cost: as `after`.
        """
        records, _ = read_pages(self._query(first, ">=", consistent=True))
        return {record.sequence for _, record in records}

    def _query(
        self, seen: Position, operator: str, consistent: bool
    ) -> Iterator[tuple[Position, bytes]]:
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
            for found in page["Items"]:
                last = int(found[PAGES.sort_key]["S"])
                yield Position(seen.shard_id, last), bytes(found["page"]["B"])


def _write(last: Position, page: bytes, arrived_ms: int) -> dict[str, Any]:
    return {
        PAGES.partition_key: {"S": last.shard_id},
        PAGES.sort_key: {"S": last.padded},
        PAGES.ttl: {"N": str(arrived_ms // 1000 + PAGE_TTL_S)},
        "version": {"N": str(VERSION)},
        "page": {"B": page},
    }
