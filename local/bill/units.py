"""What AWS counts of one call: DynamoDB's units, and the size of an item."""

import math
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

KIB = 1024
READ_BYTES = 4 * KIB  # of a read unit
PUT_UNIT_BYTES = 25 * KIB  # of a Kinesis PUT unit
_STRUCTURE = 3  # bytes of a list or a map beside what is in it
_ELEMENT = 1  # and of each of its elements

Item = Mapping[str, Mapping[str, Any]]  # as DynamoDB's JSON has it


def item_bytes(item: Item) -> int:
    """Size of an item. source: AWS, "DynamoDB item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(size: int, *, transacted: bool = False) -> int:
    """Of one write; size: of the item before or after, whichever is larger.

    source: AWS, "DynamoDB read and write operations", capacity unit consumption.
    """
    return max(1, math.ceil(size / KIB)) * (2 if transacted else 1)


def read_units(size: int, *, consistent: bool, transacted: bool = False) -> float:
    """Of one read; size: of the item, or of all that a query looked at; 0 = there was none.

    source: AWS, "DynamoDB read and write operations", capacity unit consumption.
    """
    whole = max(1, math.ceil(size / READ_BYTES))
    return whole * (2.0 if transacted else 1.0 if consistent else 0.5)


def put_units(size: int) -> int:
    """Of one Kinesis record. source: AWS, "Amazon Kinesis Data Streams pricing"."""
    return max(1, math.ceil(size / PUT_UNIT_BYTES))


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return _number_bytes(held)
    if kind == "B":
        return len(b64decode(held)) if isinstance(held, str) else len(held)
    if kind in ("SS", "NS", "BS"):
        return sum(_value_bytes({kind[0]: entry}) for entry in held)
    if kind == "L":
        return _STRUCTURE + sum(_ELEMENT + _value_bytes(entry) for entry in held)
    if kind == "M":
        return _STRUCTURE + len(held) * _ELEMENT + item_bytes(held)
    return 1  # BOOL, NULL


def _number_bytes(text: str) -> int:
    """One byte for two digits and one more; another one below zero is taken, to count high."""
    digits = text.lstrip("-").partition("e")[0].partition("E")[0].replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")
