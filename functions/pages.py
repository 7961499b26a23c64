"""DynamoDB: pages of what happened to items, in stream order per shard."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from domain.layout import PAGE_TTL_S, PAGES
from domain.page import least_bytes, read_pages
from domain.record import Position
from functions.aws import CONFIG

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


# Of the pages before the last one counted, so many are read again: a retry with wider bounds may
# have written one of them over the next.
LOOK_BACK = 2
MAX_PAGES = 120  # new ones a shard and call: four minutes of them, so whoever is behind catches up


class Pages:
    """The table of pages."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Config = CONFIG
    ) -> None:
        self._client = client or boto3.client("dynamodb", config=config)
        self._table = table

    def put(self, first: Position, page: bytes, arrived_ms: int) -> None:
        """Write a page over any earlier try at it. cost: one write unit per KB."""
        self._client.put_item(TableName=self._table, Item=_write(first, page, arrived_ms))

    def fill(self, first: Position, page: bytes, arrived_ms: int) -> bool:
        """Write a page where none is, or one that holds fewer records; False when none was due.

        Pages that begin with the same record hold what follows it, so the longer holds the shorter:
        of one version as they are, of an earlier one beside what would be least here.
        """
        try:
            self._client.put_item(
                TableName=self._table, Item=_write(first, page, arrived_ms),
                ConditionExpression=(
                    "attribute_not_exists(#page) OR size(#page) < :least"
                    " OR (begins_with(#page, :version) AND size(#page) < :size)"),
                ExpressionAttributeNames={"#page": "page"},
                ExpressionAttributeValues={
                    ":size": {"N": str(len(page))}, ":version": {"B": page[:1]},
                    ":least": {"N": str(least_bytes(page))}})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def after(
        self, covered: dict[str, int], shards: Iterable[str], *, consistent: bool = False
    ) -> Iterator[tuple[Position, bytes]]:
        """Pages of these shards and where they begin, from just before the last covered record on.

        Its page and the one before it may have grown since, when a retry had wider bounds. At
        most `MAX_PAGES` of a shard are new; the next call goes on after them.
        cost: half a read unit per 4 KB, a whole one when consistent.
        """
        for shard_id in shards:
            seen = Position(shard_id, max(0, covered.get(shard_id, 0)))
            yield from self._query(seen, "<=", LOOK_BACK, consistent, ScanIndexForward=False)
            yield from self._query(seen, ">", MAX_PAGES, consistent)

    def at(self, firsts: Iterable[Position]) -> Iterator[tuple[Position, bytes]]:
        """The pages that begin here, as far as they are still there. cost: a query each."""
        for first in firsts:
            yield from self._query(first, "=", 1, consistent=True)

    def held(self, first: Position, last: int) -> set[int]:
        """Which records of a shard, from `first` on, stand on a page that can be read.

        cost: as `after`.
        """
        found: set[int] = set()
        before = self._query(first, "<=", LOOK_BACK, True, ScanIndexForward=False)
        for begins, data in (*before, *self._query(first, ">", MAX_PAGES, True)):
            if begins.sequence > last:
                break
            records, _ = read_pages([(begins, data)])
            found.update(record.sequence for _, record in records)
        return found

    def _query(
        self, seen: Position, operator: str, most: int, consistent: bool, **options: Any
    ) -> Iterator[tuple[Position, bytes]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=f"#shard = :shard AND #first {operator} :seen",
            ExpressionAttributeNames={"#shard": PAGES.partition_key, "#first": PAGES.sort_key},
            ExpressionAttributeValues={":shard": {"S": seen.shard_id},
                                       ":seen": {"S": seen.padded}},
            ConsistentRead=consistent, PaginationConfig={"MaxItems": most, "PageSize": most},
            **options,
        )
        for page in pages:
            for found in page["Items"]:
                first = int(found[PAGES.sort_key]["S"])
                yield Position(seen.shard_id, first), bytes(found["page"]["B"])


def _write(first: Position, page: bytes, arrived_ms: int) -> dict[str, Any]:
    return {
        PAGES.partition_key: {"S": first.shard_id},
        PAGES.sort_key: {"S": first.padded},
        PAGES.ttl: {"N": str(arrived_ms // 1000 + PAGE_TTL_S)},
        "page": {"B": page},
    }
