"""moto's DynamoDB transactions, at the price of the rows they touch.

moto copies all of a table for each act of a transaction, so as to undo it: with 40,000 users that
is a second and gigabytes each time. Here only the rows that the acts name are copied.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_BACKEND: Any = DynamoDBBackend
_TABLE: Any = Table
_transact = _BACKEND.transact_write_items


def install() -> None:
    """From here on all transactions of this process are made so."""
    _BACKEND.transact_write_items = _act


def remove() -> None:
    """Leave them to moto again."""
    _BACKEND.transact_write_items = _transact


def _act(backend: Any, transact_items: Sequence[Any]) -> None:
    before = [row for act in transact_items if (row := _row(backend, act))]
    # What moto takes for a copy of the table, and puts back, is the table itself.
    _TABLE.__deepcopy__ = lambda table, _memo: table
    try:
        _transact(backend, transact_items)
    except Exception:
        for row in before:
            _restore(*row)
        raise
    finally:
        del _TABLE.__deepcopy__


def _row(backend: Any, act: Any) -> tuple[Any, Any, Any, Any] | None:
    """Table, keys, and a copy of what lies there; None for what moto will refuse."""
    kind, asked = next(iter(act.items()))
    table = backend.tables.get(asked.get("TableName"))
    if table is None:
        return None
    try:
        keys = backend.get_keys_value(table, asked["Item" if kind == "Put" else "Key"])
    except MockValidationException:
        return None
    return table, *keys, deepcopy(table.get_item(*keys))


def _restore(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    table.delete_item(hash_key, range_key)
    if item is not None and table.has_range_key:
        table.items[hash_key][range_key] = item
    elif item is not None:
        table.items[hash_key] = item
