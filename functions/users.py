"""DynamoDB: user states, attributes, and the marks of erased users."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from domain.features import EMPTY, UserState
from domain.layout import USERS
from domain.packing import pack, unpack
from functions.aws import CONFIG

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

STATE = "state"
ATTRIBUTES = "attributes"
ERASED = "erased_ms"


class StaleStateError(Exception):
    """Another writer was faster; read again and fold again."""


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user state as it was read. revision: 0 when there was none."""

    state: UserState = EMPTY
    revision: int = 0
    erased: bool = False


class Users:
    """The table of users."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Config = CONFIG
    ) -> None:
        self._client = client or boto3.client("dynamodb", config=config)
        self._table = table

    def get(self, subject: str, *, consistent: bool = False) -> StoredUser:
        """A user's state. cost: half a read unit per 4 KB, a whole one when consistent."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(subject, STATE), ConsistentRead=consistent)
        found = answer.get("Item")
        if not found:
            return StoredUser()
        packed = bytes(found[STATE]["B"]) if STATE in found else b""
        return StoredUser(unpack(packed), int(found["revision"]["N"]), ERASED in found)

    def is_erased(self, subject: str, *, consistent: bool = False) -> bool:
        """Must this user be refused? The state is not read. cost: as `get`."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(subject, STATE), ConsistentRead=consistent,
            ProjectionExpression=ERASED)
        return ERASED in answer.get("Item", {})

    def look(self, subject: str) -> StoredUser:
        """Revision and erasure alone, for a state that nobody can read. cost: a whole read unit."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(subject, STATE), ConsistentRead=True,
            ProjectionExpression=f"revision, {ERASED}")
        found = answer.get("Item", {})
        return StoredUser(EMPTY, int(found["revision"]["N"]) if found else 0, ERASED in found)

    def put(self, subject: str, state: UserState, seen: StoredUser) -> None:
        """Write a state folded from `seen`.

        raises: StaleStateError, when the stored state is no longer the one seen.
        cost: one write unit per KB.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_key(subject, STATE), STATE: {"B": pack(state)},
                      "revision": {"N": str(seen.revision + 1)}},
                ConditionExpression="attribute_not_exists(revision) OR revision = :seen",
                ExpressionAttributeValues={":seen": {"N": str(seen.revision)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise StaleStateError("the state was written meanwhile") from error
            raise

    def erase(self, subject: str, now_ms: int) -> None:
        """Forget state and attributes; the mark that stays makes every writer refuse the user."""
        self._client.update_item(
            TableName=self._table, Key=_key(subject, STATE),
            UpdateExpression="SET #erased = :now REMOVE #state ADD revision :one",
            ExpressionAttributeNames={"#erased": ERASED, "#state": STATE},
            ExpressionAttributeValues={":now": {"N": str(now_ms)}, ":one": {"N": "1"}},
        )
        self._forget_attributes(subject)

    def rows(self) -> Iterator[tuple[str, bool]]:
        """Of every row: its user, and whether it is no more than the mark of an erasure.

        cost: a read unit per 4 KB of the table, though little of it is sent.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, ConsistentRead=True, ProjectionExpression="#subject, #erased",
            ExpressionAttributeNames={"#subject": USERS.partition_key, "#erased": ERASED})
        for page in pages:
            for found in page["Items"]:
                yield found[USERS.partition_key]["S"], ERASED in found

    def get_attributes(self, subject: str) -> dict[str, Any]:
        """What the deployment said of a user; empty when nothing."""
        answer = self._client.get_item(TableName=self._table, Key=_key(subject, ATTRIBUTES))
        found = answer.get("Item")
        return dict(json.loads(found[ATTRIBUTES]["S"])) if found else {}

    def put_attributes(self, subject: str, attributes: dict[str, Any]) -> bool:
        """Replace what is said of a user; False, and nothing is kept, when the user is erased.

        Looked at afterwards: an erasure that began before has set its mark by then, one that
        begins later deletes what was written here.
        """
        text = json.dumps(attributes, ensure_ascii=False)
        self._client.put_item(TableName=self._table,
                              Item={**_key(subject, ATTRIBUTES), ATTRIBUTES: {"S": text}})
        if self.is_erased(subject, consistent=True):
            self._forget_attributes(subject)
            return False
        return True

    def _forget_attributes(self, subject: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(subject, ATTRIBUTES))


def _key(subject: str, part: str) -> dict[str, Any]:
    return {USERS.partition_key: {"S": subject}, USERS.sort_key: {"S": part}}
