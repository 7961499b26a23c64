"""DynamoDB: several rows written together, or none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CONDITION = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
# What a write outside of a transaction is told in both cases.
# source: AWS, "Amazon DynamoDB Transactions: How it works", conflict handling.
FAILED = (f"{CONDITION}Exception", f"{CONFLICT}Exception")


class StaleStateError(Exception):
    """Another writer was faster; read again and decide again."""


def transact(client: "DynamoDBClient", acts: Sequence[Any]) -> set[int]:
    """Do all acts, or none; answers the places of those whose condition did not hold.

    The client sends a token along, so that its own retry is no second transaction.
    raises: StaleStateError, when another write was in the way; botocore ClientError, for whatever
    else. source: AWS, "TransactWriteItems".
    """
    try:
        client.transact_write_items(TransactItems=acts)
    except ClientError as error:
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", ())]
        if CONDITION in reasons:
            return {place for place, code in enumerate(reasons) if code == CONDITION}
        if CONFLICT in reasons:
            raise StaleStateError("another write was in the way") from error
        raise
    return set()
