"""A batch that Lambda gave up and put into the bucket, records and all.

source: AWS, "Retain discarded batch records for a Kinesis Data Streams event source in Lambda".
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.erasure import Forgotten
from domain.key import subject_hash
from domain.record import RecordError, decode_batch
from domain.schema import compile_schema
from functions.stream import Delivery, deliveries

_TEXT = {"type": "string"}
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
                               "properties": {"Records": {"type": "array"}}})


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
        except ValueError as error:
            raise ParkedError(f"no JSON: {error}") from error
        if found := _check_event(event, ""):
            raise ParkedError(f"no batch that Lambda gave up: {found.field} {found.reason}")
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
            who, received_ms = _whose(delivery)
            if forgotten.covers(who, received_ms):
                found[who] += 1
            else:
                kept.append(raw)
        return ParkedBatch(self.document, {**self.event, "Records": kept}), found

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        was_text = isinstance(self.document["payload"], str)
        payload = json.dumps(self.event) if was_text else self.event
        return json.dumps({**self.document, "payload": payload}).encode()


def _whose(delivery: Delivery) -> tuple[int, int]:
    """Who is meant, and when it was received; of what nobody can read, when it arrived."""
    try:
        batch = decode_batch(delivery.data)
    except RecordError:
        return delivery.who, delivery.arrived_ms
    return subject_hash(batch.subject), batch.received_ms
