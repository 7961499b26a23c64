"""DynamoDB: user states, attributes, and the marks of erased users.

The mark of an erasure lies under a hash of its user, beside no other row of theirs: whoever is
erased is named nowhere in the table. A state that was never written is begun only where no such
mark is, in one transaction; one that was there and is gone is not written again.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from domain.features import EMPTY, UserState
from domain.key import spelled, subject_hash
from domain.layout import USERS
from domain.packing import PackingError, pack, unpack
from functions.aws import CONFIG, Patience, dynamodb
from functions.transaction import FAILED, StaleStateError, transact

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

STATE = "state"
ATTRIBUTES = "attributes"
MARK = "erased"
ERASED = "erased_ms"  # of a mark; before 0.2 of a row under the user's own name
SINCE = "since_ms"
OWNER = "owner"
BATCH_GET = 100  # keys of a call, each once. source: AWS, "BatchGetItem"


class ErasedError(Exception):
    """The user is erased: nothing may be kept of them."""


class StoredUser(NamedTuple):
    """A user state as it was read.

    revision: 0 when there was none.
    since_ms: records received until then were forgotten, whenever they come; -1 = none were.
    owner:    of a session: the user whom it was joined to; empty = nobody.
    """

    state: UserState = EMPTY
    revision: int = 0
    erased: bool = False
    since_ms: int = -1
    owner: str = ""


class Change(NamedTuple):
    """A state to be written, and the one that it was folded from."""

    subject: str
    state: UserState
    seen: StoredUser


class Users:
    """The table of users."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def get(self, subject: str, *, consistent: bool = False) -> StoredUser:
        """A user's state. cost: half a read unit per 4 KB, a whole one when consistent."""
        return unpacked(self._read(subject, consistent=consistent))

    def get_many(self, subjects: Iterable[str]) -> dict[str, StoredUser]:
        """The states of many users, consistent; of whoever is missing nothing is known by it.

        Those DynamoDB left unprocessed, or their states cannot be read: `get` asks again with the
        client's retries and pauses, or says why. cost: as `get` each, and a wait for a hundred.
        """
        asked, found = list(dict.fromkeys(subjects)), dict[str, StoredUser]()
        for start in range(0, len(asked), BATCH_GET):
            for subject, row in self._read_batch(asked[start:start + BATCH_GET]).items():
                with suppress(PackingError):
                    found[subject] = unpacked(row)
        return found

    def look(self, subject: str) -> StoredUser:
        """All but the state, for one that nobody can read. cost: a whole read unit."""
        return _stored(self._read(subject, consistent=True), EMPTY)

    def is_erased(self, subject: str, *, consistent: bool = False) -> bool:
        """Must this user be refused? cost: as `get`, of a row that is hardly ever there."""
        answer = self._client.get_item(
            TableName=self._table, Key=mark_key(subject_hash(subject)), ConsistentRead=consistent)
        return "Item" in answer

    def put(self, *changes: Change) -> None:
        """Write states that were folded from what was seen: all of them, or none.

        raises: StaleStateError, when a stored state is no longer the one seen; ErasedError.
        cost: one write unit per KB; twice that, and two more, for whom nothing was known, or where
        several are written.
        """
        try:
            if len(changes) == 1 and changes[0].seen.revision:
                self._client.put_item(**self._write(changes[0]))
                return
            begun = [{"ConditionCheck": no_mark(self._table, c.subject)}
                     for c in changes if not c.seen.revision]
            broken = transact(self._client, [*begun, *({"Put": self._write(c)} for c in changes)])
        except ClientError as error:
            if error.response["Error"]["Code"] not in FAILED:
                raise
            raise StaleStateError("the state was written meanwhile") from error
        if broken & set(range(len(begun))):
            raise ErasedError("the user is erased")
        if broken:
            raise StaleStateError("the state was written meanwhile")

    def erase(self, subject: str, now_ms: int) -> int:
        """Leave a mark, which makes every writer refuse the user, and nothing else of them.

        Answers how many rows were there.
        """
        self.refuse(subject_hash(subject), now_ms)
        return self.delete(subject, STATE) + self.delete(subject, ATTRIBUTES)

    def refuse(self, who: int, now_ms: int) -> None:
        """Leave the mark alone, for whom only the hash is known."""
        self._client.put_item(TableName=self._table,
                              Item={**mark_key(who), ERASED: {"N": str(now_ms)}})

    def forget(self, subject: str, now_ms: int) -> None:
        """Begin the state anew: what was received until now is left out, whenever it comes."""
        self._client.update_item(
            TableName=self._table, Key=row_key(subject, STATE),
            UpdateExpression="SET #since = :now REMOVE #state, #erased ADD revision :one",
            ExpressionAttributeNames={"#since": SINCE, "#state": STATE, "#erased": ERASED},
            ExpressionAttributeValues={":now": {"N": str(now_ms)}, ":one": {"N": "1"}},
        )

    def admit(self, subject: str, now_ms: int) -> None:
        """Take an erased user's events again, those that are received from now on."""
        self.forget(subject, now_ms)
        self._client.delete_item(TableName=self._table, Key=mark_key(subject_hash(subject)))

    def rows(self) -> Iterator[tuple[str, str]]:
        """Partition and sort key of every row. cost: a read unit per 4 KB of the table."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table, ConsistentRead=True, ProjectionExpression="#subject, #part",
            ExpressionAttributeNames={"#subject": USERS.partition_key, "#part": USERS.sort_key})
        for page in pages:
            for found in page["Items"]:
                yield found[USERS.partition_key]["S"], found[USERS.sort_key]["S"]

    def get_attributes(self, subject: str) -> dict[str, Any]:
        """What the deployment said of a user; empty when nothing."""
        answer = self._client.get_item(TableName=self._table, Key=row_key(subject, ATTRIBUTES))
        found = answer.get("Item")
        return dict(json.loads(found[ATTRIBUTES]["S"])) if found else {}

    def put_attributes(self, subject: str, attributes: dict[str, Any]) -> bool:
        """Replace what is said of a user; False, and nothing is kept, when the user is erased.

        Looked at afterwards: an erasure that began before has set its mark by then, one that
        begins later deletes what was written here.
        """
        text = json.dumps(attributes, ensure_ascii=False)
        self._client.put_item(TableName=self._table,
                              Item={**row_key(subject, ATTRIBUTES), ATTRIBUTES: {"S": text}})
        if self.is_erased(subject, consistent=True):
            self.delete(subject, ATTRIBUTES)
            return False
        return True

    def _read(self, subject: str, *, consistent: bool) -> dict[str, Any]:
        answer = self._client.get_item(
            TableName=self._table, Key=row_key(subject, STATE), ConsistentRead=consistent)
        return dict(answer.get("Item", {}))

    def _read_batch(self, subjects: list[str]) -> dict[str, Any]:
        """The rows of those whom DynamoDB answered for; an empty one where there is none."""
        answer = self._client.batch_get_item(RequestItems={self._table: {
            "Keys": [row_key(subject, STATE) for subject in subjects], "ConsistentRead": True}})
        rows: dict[str, Any] = {subject: {} for subject in subjects}
        for row in answer["Responses"].get(self._table, ()):
            rows[row[USERS.partition_key]["S"]] = row
        for key in answer["UnprocessedKeys"].get(self._table, {"Keys": ()})["Keys"]:
            del rows[key[USERS.partition_key]["S"]]
        return rows

    def delete(self, subject: str, part: str) -> bool:
        """Take a row away; False when there was none."""
        answer = self._client.delete_item(
            TableName=self._table, Key=row_key(subject, part), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def _write(self, change: Change) -> Any:
        """A put that fails unless the row is the one that was seen."""
        seen = change.seen
        item: dict[str, Any] = {
            **row_key(change.subject, STATE), STATE: {"B": pack(change.state)},
            "revision": {"N": str(seen.revision + 1)}}
        if seen.since_ms >= 0:
            item[SINCE] = {"N": str(seen.since_ms)}
        if seen.owner:
            item[OWNER] = {"S": seen.owner}
        condition = ({"ConditionExpression": "revision = :seen",
                      "ExpressionAttributeValues": {":seen": {"N": str(seen.revision)}}}
                     if seen.revision else
                     {"ConditionExpression": "attribute_not_exists(revision)"})
        return {"TableName": self._table, "Item": item, **condition}


def no_mark(table: str, subject: str) -> Any:
    """The check of a transaction that is to fail when a user is erased."""
    return {"TableName": table, "Key": mark_key(subject_hash(subject)),
            "ConditionExpression": f"attribute_not_exists({ERASED})"}


def row_key(subject: str, part: str) -> dict[str, Any]:
    """Where one part of what is known of a user lies."""
    return {USERS.partition_key: {"S": subject}, USERS.sort_key: {"S": part}}


def mark_key(who: int) -> dict[str, Any]:
    """Where the mark of an erasure lies. who: as `key.subject_hash` says it."""
    return row_key(spelled(who), MARK)


def unpacked(found: Any) -> StoredUser:
    """A row with a user's state, or an empty one. raises: PackingError."""
    return _stored(found, unpack(bytes(found[STATE]["B"]) if STATE in found else b""))


def _stored(found: Any, state: UserState) -> StoredUser:
    return StoredUser(
        state, int(found["revision"]["N"]) if "revision" in found else 0, ERASED in found,
        int(found[SINCE]["N"]) if SINCE in found else -1,
        found[OWNER]["S"] if OWNER in found else "")
