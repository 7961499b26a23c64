"""DynamoDB: every model that was promoted or refused, and the pointer to the one that serves."""

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from domain.artifact import ModelCard
from domain.calls import Both, Counts
from domain.layout import COUNTS, COUNTS_TTL_S, MODELS
from domain.rollout import Rollout
from functions.aws import CONFIG, Patience, dynamodb
from functions.transaction import transact

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CURRENT = "current"
SHELF = "shelf"
POINTER = "pointer"  # the one sort key below CURRENT
# An expression holds 4 KB, and moto reads one act by act into each other.
# source: AWS, "Quotas in Amazon DynamoDB", expression parameters.
TOLD_AT_ONCE = 40
SIDES = ("new", "old")  # as the numbers of each begin


# A decision of a moment, against any later one; and one that rests on what was read before it.
LATER = ("attribute_not_exists(since_ms) OR (since_ms < :now AND "
         "(attribute_not_exists(moved_ms) OR moved_ms < :now))")
STILL = "moved_ms = :seen"


class RegistryError(Exception):
    """No model of that version stands on the shelf."""


class Entry(NamedTuple):
    """One job's outcome. version: None when it left no model; refusals: empty = promoted.

    rolled_back: why its rollout ended, None for one whose did not. size_bytes: of the artifact;
    0 = not known, as of versions before 0.2.
    """

    version: str | None
    judged_ms: int
    job: str
    refusals: list[str]
    metrics: dict[str, dict[str, float]]
    created_at: str
    size_bytes: int = 0
    rolled_back: str | None = None


class Pointer(NamedTuple):
    """What serves. since_ms: when it began to, for all; moved_ms: when the last decision fell."""

    version: str
    since_ms: int
    moved_ms: int
    rollout: Rollout | None = None


class Registry:
    """The table of models."""

    def __init__(
        self, table: str, client: "DynamoDBClient | None" = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or dynamodb(config)
        self._table = table

    def current(self) -> tuple[str, int] | None:
        """Version that serves and when it was pointed at, None before the first."""
        found = self.pointer()
        return (found.version, found.since_ms) if found else None

    def pointer(self) -> Pointer | None:
        """What serves, and what is on its way to; None before the first promotion."""
        found = self._client.get_item(
            TableName=self._table, Key=_key(CURRENT, POINTER), ConsistentRead=True).get("Item")
        return _pointer(found) if found else None

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
            "size_bytes": {"N": str(entry.size_bytes)},
        }, "attribute_not_exists(judged_ms)")

    def point(self, version: str, now_ms: int) -> bool:
        """Let a version serve everybody: promotion, and rollback; a rollout ends by it.

        False when the pointer was moved at that moment or after it: the later decision stands.
        raises: RegistryError, when the version is not on the shelf or was refused.
        """
        self.promoted(version)
        return self._put(_item(Pointer(version, now_ms, now_ms)), LATER,
                         {":now": {"N": str(now_ms)}})

    def promoted(self, version: str) -> Entry:
        """What is known of a version. raises: RegistryError, when it may not serve."""
        for entry in self.entries():
            if entry.version == version and not entry.refusals:
                return entry
        raise RegistryError(f"{version} is no promoted model")

    def roll_out(self, pointer: Pointer, rollout: Rollout) -> bool:
        """Let a version serve some, beside the one that the pointer is at; False as of `point`."""
        now_ms = rollout.since_ms
        return self._put(_item(pointer._replace(moved_ms=now_ms, rollout=rollout)), LATER,
                         {":now": {"N": str(now_ms)}})

    def go_on(self, seen: Pointer, rollout: Rollout, now_ms: int) -> bool:
        """Let the candidate serve more, or everybody; False when something else was decided."""
        after = rollout.next(now_ms)
        moved = (seen._replace(moved_ms=now_ms, rollout=after) if after
                 else Pointer(rollout.candidate, now_ms, now_ms))
        return self._put(_item(moved), STILL, {":seen": {"N": str(seen.moved_ms)}})

    def leave(self, seen: Pointer, rollout: Rollout, why: str, now_ms: int) -> bool:
        """Let the model before serve everybody, and write down why; False as of `go_on`."""
        back = _item(seen._replace(moved_ms=now_ms, rollout=None))
        return not transact(self._client, [
            {"Put": {"TableName": self._table, "Item": back, "ConditionExpression": STILL,
                     "ExpressionAttributeValues": {":seen": {"N": str(seen.moved_ms)}}}},
            {"Update": {"TableName": self._table, "Key": _key(SHELF, rollout.candidate),
                        "UpdateExpression": "SET rolled_back = :why",
                        "ExpressionAttributeValues": {":why": {"S": why}}}}])

    def tell(self, rollout: Rollout, seen: Both, now_s: int) -> Both:
        """Add to what was seen of a rollout at its share, and learn what all copies told.

        cost: 1 to 8 write units; what comes back costs nothing. source: AWS, "UpdateItem"
        (DynamoDB API), ReturnValues.
        """
        numbers = [(f"{side}_{name}", n) for side, counts in zip(SIDES, (
            seen.candidate, seen.stable), strict=True) for name, n in counts.to_numbers().items()]
        found: Any = {}
        for start in range(0, len(numbers), TOLD_AT_ONCE):
            part = numbers[start:start + TOLD_AT_ONCE]
            added = ", ".join(f"{name} :v{place}" for place, (name, _) in enumerate(part))
            found = self._client.update_item(
                TableName=self._table, Key=_counts_key(rollout), ReturnValues="ALL_NEW",
                UpdateExpression=f"SET {MODELS.ttl} = :expires ADD {added}",
                ExpressionAttributeValues={
                    ":expires": {"N": str(now_s + COUNTS_TTL_S)},
                    **{f":v{place}": {"N": str(n)} for place, (_, n) in enumerate(part)}})
        return _both(found.get("Attributes", {}))

    def seen(self, rollout: Rollout) -> Both:
        """What all copies told of a rollout at its share."""
        return _both(self._client.get_item(
            TableName=self._table, Key=_counts_key(rollout), ConsistentRead=True).get("Item", {}))

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


def entry_of(
    version: str, card: ModelCard, job: str, refusals: list[str], now_ms: int, size_bytes: int = 0
) -> Entry:
    """What is written down of one judged card; NaN, which JSON does not know, is left out."""
    metrics = {name: {metric: value for metric, value in found.items() if math.isfinite(value)}
               for name, found in card.metrics.items()}
    return Entry(version, now_ms, job, refusals, metrics, card.created_at, size_bytes)


def failure_of(job: str, reason: str, now_ms: int) -> Entry:
    """What is written down of a job that left no model."""
    return Entry(None, now_ms, job, [reason], {}, "")


def _entry(item: dict[str, Any]) -> Entry:
    name, job = item[MODELS.sort_key]["S"], item["job"]["S"]
    return Entry(None if name == job else name, int(item["judged_ms"]["N"]), job,
                 json.loads(item["refusals"]["S"]), json.loads(item["metrics"]["S"]),
                 item["created_at"]["S"], int(item.get("size_bytes", {"N": "0"})["N"]),
                 item["rolled_back"]["S"] if "rolled_back" in item else None)


def _pointer(item: dict[str, Any]) -> Pointer:
    since_ms = int(item["since_ms"]["N"])
    rollout = None if "candidate" not in item else Rollout(
        item["candidate"]["S"], float(item["share"]["N"]), int(item["began_ms"]["N"]),
        int(item["share_since_ms"]["N"]), float(item.get("sample", {"N": "0"})["N"]))
    moved_ms = int(item["moved_ms"]["N"]) if "moved_ms" in item else since_ms
    return Pointer(item["target"]["S"], since_ms, moved_ms, rollout)


def _item(pointer: Pointer) -> dict[str, Any]:
    item: dict[str, Any] = {
        **_key(CURRENT, POINTER), "target": {"S": pointer.version},
        "since_ms": {"N": str(pointer.since_ms)}, "moved_ms": {"N": str(pointer.moved_ms)}}
    if rollout := pointer.rollout:
        item |= {"candidate": {"S": rollout.candidate}, "share": {"N": str(rollout.share)},
                 "began_ms": {"N": str(rollout.began_ms)},
                 "share_since_ms": {"N": str(rollout.since_ms)},
                 "sample": {"N": str(rollout.sample)}}
    return item


def _both(item: Mapping[str, Any]) -> Both:
    return Both(*(Counts.from_numbers({
        name.removeprefix(f"{side}_"): int(value["N"]) for name, value in item.items()
        if name.startswith(f"{side}_")}) for side in SIDES))


def _counts_key(rollout: Rollout) -> dict[str, Any]:
    return _key(COUNTS, f"{rollout.candidate}-{rollout.since_ms}")


def _key(part: str, version: str) -> dict[str, Any]:
    return {MODELS.partition_key: {"S": part}, MODELS.sort_key: {"S": version}}
