"""A batch that Lambda gave up and put into the bucket, records and all.

source: AWS, "Retain discarded batch records for a Kinesis Data Streams event source in Lambda".
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.erasure import Forgotten
from domain.event import MAX_TIME_MS
from domain.record import SEQUENCE
from domain.schema import compile_schema
from functions.stream import deliveries

_TEXT = {"type": "string"}
_RECORD = {  # as far as `deliveries` reads it
    "type": "object",
    "required": ["eventID", "kinesis"],
    "properties": {
        "eventID": _TEXT,
        "kinesis": {
            "type": "object",
            "required": ["sequenceNumber", "partitionKey", "data", "approximateArrivalTimestamp"],
            "properties": {
                "sequenceNumber": SEQUENCE, "partitionKey": _TEXT, "data": _TEXT,
                "approximateArrivalTimestamp": {
                    "type": "number", "minimum": 0, "maximum": MAX_TIME_MS / 1000},
            },
        },
    },
}
_check = compile_schema({
    "type": "object",
    "required": ["requestContext", "payload"],
    "properties": {
        "requestContext": {"type": "object", "required": ["functionArn"],
                           "properties": {"functionArn": _TEXT}},
        "payload": {"type": ["object", "string"]},
    },
})
_check_event = compile_schema({"type": "object", "required": ["Records"],
                               "properties": {"Records": {"type": "array", "items": _RECORD}}})


class ParkedError(Exception):
    """The object is no batch that Lambda gave up."""


@dataclass(frozen=True, slots=True)
class ParkedBatch:
    """The object as Lambda wrote it, and the event in it.

    The documentation shows the event between quotation marks, so it may be a JSON text in the JSON.
    """

    document: Mapping[str, Any]
    event: Mapping[str, Any]

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an object. raises: ParkedError, when it is another kind of thing."""
        try:
            document = json.loads(data)
            if found := _check(document, ""):
                raise ParkedError(f"no batch that Lambda gave up: {found.field} {found.reason}")
            told = document["payload"]
            event = json.loads(told) if isinstance(told, str) else told
        except (ValueError, RecursionError) as error:
            raise ParkedError(f"no JSON: {error}") from error
        if found := _check_event(event, ""):
            raise ParkedError(f"no batch that Lambda gave up: {found.field} {found.reason}")
        try:
            for _ in deliveries(event):
                pass
        except ValueError as error:
            raise ParkedError(f"a record is no base64: {error}") from error
        return cls(document, event)

    @property
    def function(self) -> str:
        """ARN of the function that could not handle it."""
        return str(self.document["requestContext"]["functionArn"])

    @property
    def records(self) -> list[Any]:
        """As Lambda handed them over."""
        return list(self.event["Records"])

    def without(self, forgotten: Forgotten) -> tuple["ParkedBatch", Counter[int]]:
        """The same without the records of the forgotten, and how many of whom were in it."""
        kept: list[Any] = []
        found: Counter[int] = Counter()
        for raw, delivery in zip(self.records, deliveries(self.event), strict=True):
            who = delivery.left_out_of(forgotten)
            if who is None:
                kept.append(raw)
            else:
                found[who] += 1
        return ParkedBatch(self.document, {**self.event, "Records": kept}), found

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        was_text = isinstance(self.document["payload"], str)
        payload = json.dumps(self.event) if was_text else self.event
        return json.dumps({**self.document, "payload": payload}).encode()
