"""DynamoDB: everybody in the table of users, a segment of it at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.event import SESSION_MARK
from domain.layout import USERS
from domain.packing import PackingError
from functions.aws import CONFIG, Patience, dynamodb
from functions.users import ERASED, OWNER, STATE, StoredUser, unpacked

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Rows of a page: what is made of it is of one moment, a second or two before the last of it. A
# page is 1 MB at most: source: AWS, "Scan" (DynamoDB API).
PAGE_ROWS = 500


class Person(NamedTuple):
    """Somebody, and what is kept of them; None = nobody can read it."""

    subject: str
    stored: StoredUser | None


class Population:
    """The table of users, read from one end to the other."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def rows(self) -> int:
        """How many rows there are, as of up to six hours ago. source: AWS, "DescribeTable"."""
        return self._client.describe_table(TableName=self._table)["Table"]["ItemCount"]

    def segment(self, number: int, of: int, *, sessions: bool) -> Iterator[list[Person]]:
        """Whoever has a state in one of so many segments, page by page; a page may be empty.

        Left out: sessions that are a user's, and all others unless they are wanted. Whoever is
        erased has no state. Segments are cut by keys, so that nobody is in two, and who is there
        all the time is in one. cost: half a read unit per 4 KB of the segment.
        source: AWS, "Working with scans in DynamoDB", parallel scan.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, Segment=number, TotalSegments=of,
            PaginationConfig={"PageSize": PAGE_ROWS},
            FilterExpression="#part = :part AND attribute_exists(#state) "
                             "AND attribute_not_exists(#owner) AND attribute_not_exists(#erased)",
            ExpressionAttributeNames={"#part": USERS.sort_key, "#state": STATE, "#owner": OWNER,
                                      "#erased": ERASED},
            ExpressionAttributeValues={":part": {"S": STATE}})
        for page in pages:
            yield [_person(row) for row in page["Items"]
                   if sessions or not _subject(row).startswith(SESSION_MARK)]


def _subject(row: Any) -> str:
    return str(row[USERS.partition_key]["S"])


def _person(row: Any) -> Person:
    try:
        return Person(_subject(row), unpacked(row))
    except PackingError:
        return Person(_subject(row), None)
