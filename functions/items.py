"""DynamoDB: item facts, and what of the catalogue changed since a moment."""

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from domain.catalog import UNLISTED, Item, encode_facts
from domain.layout import CHANGE_LANES, ITEM_CHANGES, ITEMS
from functions.aws import CONFIG, Patience, dynamodb

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# source: AWS, "BatchWriteItem": 25 puts per call.
BATCH_WRITE = 25
MAX_TRIES = 6  # of what DynamoDB left unprocessed; the client's own retries come on top
FIRST_PAUSE_S = 0.05  # before the second try, then twice as long each time: 1.6 s in all
# An item carries the time of its call, which may take 29 s to write it, and an index follows its
# table usually within a second: who asks for changes looks back that far and more.
INDEX_LAG_MS = 60_000


class ItemsError(RuntimeError):
    """DynamoDB did not take all items; the caller may send them again."""


class Items:
    """The table of items."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table
        self._pause = pause

    def get(self, item_id: str) -> Item | None:
        """One item's facts, None when there is no such item. cost: half a read unit per 4 KB."""
        answer = self._client.get_item(
            TableName=self._table, Key={ITEMS.partition_key: {"S": item_id}}, ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else None

    def put(self, items: list[Item]) -> None:
        """Write items, each over what was known of it.

        raises: ItemsError, when the table stays too busy. cost: two write units per KB (index).
        """
        for start in range(0, len(items), BATCH_WRITE):
            self._put_batch([_write(item) for item in items[start:start + BATCH_WRITE]])

    def fill(self, item: Item) -> bool:
        """Write an item where none is, or an older one; False when none was due.

        item: as the catalogue's roll-up has it, so what is `UNLISTED` of an older one stays.
        """
        before = self.get(item.item_id)
        known = before.facts if before else {}
        kept = {name: known[name] for name in UNLISTED if name in known}
        try:
            self._client.put_item(
                TableName=self._table, Item=_write(item._replace(facts=kept | item.facts)),
                ConditionExpression="attribute_not_exists(#updated) OR #updated < :updated",
                ExpressionAttributeNames={"#updated": ITEM_CHANGES.sort_key},
                ExpressionAttributeValues={":updated": {"N": str(item.updated_ms)}})
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def changed_since(self, since_ms: int) -> Iterator[Item]:
        """Items updated after a moment, some of them read before (`INDEX_LAG_MS`)."""
        pages = self._client.get_paginator("query")
        for lane in range(CHANGE_LANES):
            for page in pages.paginate(
                TableName=self._table, IndexName=ITEM_CHANGES.name,
                KeyConditionExpression="#lane = :lane AND #updated > :since",
                ExpressionAttributeNames={"#lane": ITEM_CHANGES.partition_key,
                                          "#updated": ITEM_CHANGES.sort_key},
                ExpressionAttributeValues={":lane": {"N": str(lane)},
                                           ":since": {"N": str(since_ms - INDEX_LAG_MS)}},
            ):
                yield from (_read(found) for found in page["Items"])

    def _put_batch(self, written: list[dict[str, Any]]) -> None:
        waiting: Any = {self._table: [{"PutRequest": {"Item": item}} for item in written]}
        for number in range(MAX_TRIES):
            if number:
                self._pause(FIRST_PAUSE_S * 2 ** (number - 1))
            waiting = self._client.batch_write_item(RequestItems=waiting)["UnprocessedItems"]
            if not waiting:
                return
        raise ItemsError(f"{len(waiting[self._table])} items were not taken")


def _write(item: Item) -> dict[str, Any]:
    return {
        ITEMS.partition_key: {"S": item.item_id},
        ITEM_CHANGES.partition_key: {"N": str(item.key % CHANGE_LANES)},
        ITEM_CHANGES.sort_key: {"N": str(item.updated_ms)},
        "facts": {"B": encode_facts(item.facts)},
    }


def _read(found: dict[str, Any]) -> Item:
    return Item(found[ITEMS.partition_key]["S"], json.loads(bytes(found["facts"]["B"])),
                int(found[ITEM_CHANGES.sort_key]["N"]))
