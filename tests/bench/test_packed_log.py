"""The packed peer of the log keeps all that a line keeps, so that the two may be compared."""

from uuid import UUID

import pytest

from bench import packed_log
from bench.log_formats import made
from domain.event import Batch, Event
from domain.record import Position, Record

ID = UUID("5b0e7a52-93f4-4c1d-8a36-e0c1f7d2b948")


def test_made_records_come_back() -> None:
    records = list(made(50))

    assert list(packed_log.decode(packed_log.encode(records))) == records


@pytest.mark.parametrize("event_id", [
    "1", "", "é" * 36, str(ID), str(ID).upper(), ID.hex, "-" * 36, "0" * 32])
def test_ids_come_back_letter_by_letter(event_id: str) -> None:
    event = Event(event_id, "rate", "50", 2**47, 4.5, {"page": "home", "n": 1}, event_id, True)
    record = Record(Position("shardId-000000000000", 10**56), Batch("ann", 5, (event,), "s"))

    assert list(packed_log.decode(packed_log.encode([record]))) == [record]
