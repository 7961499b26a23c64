"""DynamoDB: which anonymous sessions are which user's.

A session is one user's for good. The row of its state names its user; a row beside that user's
state names the session, so that both are found from either.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.layout import USERS
from functions.aws import CONFIG, Patience, dynamodb
from functions.transaction import transact
from functions.users import ERASED, OWNER, STATE, ErasedError, Users, no_mark, row_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SESSION = "session:"  # and the session's subject: the part of the row beside its user's


class JoinedError(Exception):
    """The session is another user's."""


class Sessions:
    """The table of users, as it ties sessions to them. session: its subject, with the mark."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table, self._users = table, Users(table, self._client)

    def owner(self, session: str) -> str:
        """Whose a session is, empty = nobody's yet. cost: half a read unit."""
        answer = self._client.get_item(TableName=self._table, Key=row_key(session, STATE),
                                       ProjectionExpression="#owner",
                                       ExpressionAttributeNames={"#owner": OWNER})
        return str(answer.get("Item", {}).get(OWNER, {"S": ""})["S"])

    def join(self, session: str, user_id: str) -> None:
        """Make a session one user's; once more changes nothing.

        raises: JoinedError, ErasedError, StaleStateError. cost: eight write units.
        """
        broken = transact(self._client, [
            {"ConditionCheck": no_mark(self._table, user_id)},
            {"ConditionCheck": no_mark(self._table, session)},
            {"Update": {
                "TableName": self._table, "Key": row_key(session, STATE),
                "UpdateExpression": "SET #owner = :user ADD revision :one",
                "ConditionExpression": f"attribute_not_exists({ERASED}) AND "
                                       "(attribute_not_exists(#owner) OR #owner = :user)",
                "ExpressionAttributeNames": {"#owner": OWNER},
                "ExpressionAttributeValues": {":user": {"S": user_id}, ":one": {"N": "1"}}}},
            {"Put": {"TableName": self._table, "Item": row_key(user_id, SESSION + session)}},
        ])
        if {0, 1} & broken:
            raise ErasedError("the user or the session is erased")
        if broken:
            raise JoinedError("the session is another user's")

    def of(self, user_id: str) -> Iterator[str]:
        """The sessions of a user."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table, ConsistentRead=True,
            KeyConditionExpression="#subject = :user AND begins_with(#part, :part)",
            ExpressionAttributeNames={"#subject": USERS.partition_key, "#part": USERS.sort_key},
            ExpressionAttributeValues={":user": {"S": user_id}, ":part": {"S": SESSION}})
        for page in pages:
            for found in page["Items"]:
                yield found[USERS.sort_key]["S"].removeprefix(SESSION)

    def part(self, session: str, user_id: str) -> bool:
        """Take away what names the session beside its user; False when nothing did."""
        return self._users.delete(user_id, SESSION + session)
