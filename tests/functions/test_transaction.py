"""Writes that happen together, and why they did not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.transaction import StaleStateError, transact
from tests.functions.faults import client_error
from tests.functions.stage import Stage


class Cancelled:
    """A client whose transactions are cancelled for these reasons."""

    def __init__(self, *reasons: str) -> None:
        self._reasons = reasons

    def transact_write_items(self, **_: Any) -> None:
        error = client_error("TransactionCanceledException", "TransactWriteItems")
        error.response["CancellationReasons"] = [{"Code": code} for code in self._reasons]
        raise error


def put(stage: Stage, key: str) -> Any:
    return {"Put": {"TableName": stage.setting("users_table"),
                    "Item": {"subject": {"S": key}, "part": {"S": "state"}},
                    "ConditionExpression": "attribute_not_exists(part)"}}


def test_all_is_done_or_nothing_and_it_is_told_what_did_not_hold(stage: Stage) -> None:
    client = stage.client("dynamodb")
    assert transact(client, [put(stage, "a"), put(stage, "b")]) == set()

    broken = transact(client, [put(stage, "c"), put(stage, "b"), put(stage, "a")])

    assert broken == {1, 2}
    rows = client.scan(TableName=stage.setting("users_table"))["Items"]
    assert sorted(row["subject"]["S"] for row in rows) == ["a", "b"]


def test_who_was_in_the_way_is_no_broken_condition() -> None:
    client: Any = Cancelled("None", "TransactionConflict")

    with pytest.raises(StaleStateError):
        transact(client, [])


def test_a_condition_counts_more_than_who_was_in_the_way() -> None:
    client: Any = Cancelled("TransactionConflict", "ConditionalCheckFailed")

    assert transact(client, []) == {1}


@pytest.mark.parametrize("reasons", [("ThrottlingError",), ("None", "ValidationError"), ()])
def test_whatever_else_is_wrong_is_raised(reasons: tuple[str, ...]) -> None:
    client: Any = Cancelled(*reasons)

    with pytest.raises(ClientError):
        transact(client, [])
