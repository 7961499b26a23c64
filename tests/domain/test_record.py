"""Batches as bytes, and the event log: round trips, and damage."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import MAX_TIME_MS, Batch, Event
from domain.features import EMPTY, fold
from domain.packing import pack
from domain.page import encode_pages
from domain.record import (
    SEQUENCE_DIGITS,
    Position,
    Record,
    RecordError,
    decode_batch,
    decode_log,
    encode_batch,
    encode_log,
    reread_batch,
)
from tests.domain.strategies import NOW_MS, VOCABULARY, batches, click, ids, json_values, record

FIXTURES = Path(__file__).parent / "fixtures"
EVENT = {"event_id": "e1", "type": "click", "item_id": "i1", "at_ms": NOW_MS}
BATCH = {"v": 1, "subject": "ann", "received_ms": NOW_MS, "events": [EVENT]}
positions = st.builds(Position, ids, st.integers(0, 10**SEQUENCE_DIGITS - 1))
records = st.builds(Record, positions, batches)


@given(batches)
def test_a_batch_survives_the_stream(batch: Batch) -> None:
    assert decode_batch(encode_batch(batch)) == batch
    assert reread_batch(encode_batch(batch)) == batch


@given(st.lists(records, max_size=4))
def test_records_survive_the_log(kept: list[Record]) -> None:
    without_requests = [Record(at, batch._replace(request_id=None)) for at, batch in kept]

    assert list(decode_log(encode_log(kept))) == without_requests


def test_a_record_from_before_there_were_request_ids_is_read() -> None:
    batch = decode_batch(json.dumps(BATCH).encode())

    assert (batch.subject, batch.request_id) == ("ann", None)


def test_the_same_records_make_the_same_object_at_any_time() -> None:
    written = encode_log([record(1, click("i1"))])

    assert written[4:8] == bytes(4)  # where gzip would write the time. source: RFC 1952


def test_a_number_that_json_does_not_know_is_never_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_batch(record(1, click("i1", value=float("nan"))).batch)


def test_the_stream_carries_only_what_was_given() -> None:
    batch = record(1, click("i1", event_id="e1", value=0.0)).batch

    document = json.loads(encode_batch(batch))

    assert document == {**BATCH, "events": [{**EVENT, "value": 0.0}]}


def test_a_join_is_written_as_a_version_that_older_readers_refuse() -> None:
    joins = Batch("ann", NOW_MS, (), joins="~visit")

    document = json.loads(encode_batch(joins))

    assert document == {"v": 2, "subject": "ann", "received_ms": NOW_MS, "joins": "~visit",
                        "events": []}
    assert decode_batch(encode_batch(joins)) == joins


def test_fields_of_a_later_writer_are_ignored() -> None:
    later = {**BATCH, "region": "eu", "events": [{**EVENT, "device": {"os": "x"}}]}

    assert decode_batch(json.dumps(later).encode()) == decode_batch(json.dumps(BATCH).encode())


@pytest.mark.parametrize(("change", "reason"), [
    ({"v": 3}, "v must be at most 2"),
    ({"v": "1"}, "v must be integer"),
    ({"subject": 5}, "subject must be string"),
    ({"subject": "\ud800"}, "subject holds half a surrogate pair"),
    ({"received_ms": NOW_MS + 0.5}, "received_ms must be integer"),
    ({"session_id": 5}, "session_id must be string"),
    ({"events": None}, "events must be array"),
    ({"events": [EVENT] * 256}, "events must have at most 255"),
    ({"events": [EVENT, {**EVENT, "at_ms": -1}]}, r"events\[1\].at_ms must be at least 0"),
    ({"events": [{**EVENT, "at_ms": MAX_TIME_MS + 1}]}, r"events\[0\].at_ms must be at most"),
    ({"events": [{**EVENT, "value": float("nan")}]}, r"events\[0\].value must be at least"),
    ({"events": [{**EVENT, "value": "5"}]}, r"events\[0\].value must be number"),
    ({"events": [{**EVENT, "item_id": None}]}, r"events\[0\].item_id must be string"),
    ({"events": [{}]}, r"events\[0\].event_id is required"),
])
def test_a_record_that_consumers_could_not_apply_is_refused_with_its_field(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RecordError, match=reason):
        decode_batch(json.dumps(BATCH | change).encode())


@pytest.mark.parametrize("data", [
    b"", b"{", b"null", b"[]", b"\xff\xfe", b"\x80", b"[" * 10**6, b"9" * 5000,
    b'{"v":1}', gzip.compress(b"{}", mtime=0),
])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(RecordError, match="unreadable record"):
        decode_batch(data)


@given(st.binary())
def test_no_bytes_raise_anything_but_a_record_error(data: bytes) -> None:
    with pytest.raises(RecordError):
        decode_batch(data)


@given(batches, st.data())
def test_a_changed_record_is_refused_or_can_be_applied(batch: Batch, data: st.DataObject) -> None:
    raw = bytearray(encode_batch(batch))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=3)):
        raw[place] = data.draw(st.integers(0, 255))

    apply_if_readable(bytes(raw))


@given(st.sampled_from([*BATCH, *EVENT, "value", "context", "clamped", "session_id"]), json_values)
def test_a_record_with_any_value_anywhere_is_refused_or_can_be_applied(
    name: str, value: Any
) -> None:
    document = BATCH | {name: value} if name in BATCH else {**BATCH, "events": [
        {**EVENT, name: value}]}

    apply_if_readable(json.dumps(document).encode())


def apply_if_readable(data: bytes) -> None:
    try:
        read = Record(Position("shard", 1), decode_batch(data))
    except RecordError:
        return

    assert pack(fold(EMPTY, read, VOCABULARY))
    assert list(encode_pages([read], VOCABULARY))


@pytest.mark.parametrize(("line", "reason"), [
    (b"{", "line 2: unreadable record"),
    (b'{"shard":"s","seq":"1"}', "line 2: unreadable record: batch is required"),
    (b'{"shard":"s","seq":1,"batch":{}}', "line 2: unreadable record: seq must be string"),
    (b'{"shard":"s","seq":"-1","batch":{}}', "seq must be 1 to 60 digits"),
    (b'{"shard":"s","seq":"1\\n","batch":{}}', "seq must be 1 to 60 digits"),
    (b'{"shard":"s","seq":"' + b"9" * 61 + b'","batch":{}}', "seq must be 1 to 60 digits"),
    (b'{"shard":5,"seq":"1","batch":{}}', "shard must be string"),
])
def test_a_line_that_cannot_be_read_is_named(line: bytes, reason: str) -> None:
    good = gzip.decompress(encode_log([record(1, click("i1"))]))
    read = decode_log(gzip.compress(good + line + b"\n"))

    assert next(read).position.sequence == 1
    with pytest.raises(RecordError, match=reason):
        next(read)


@given(st.binary(min_size=1))
def test_no_bytes_of_a_log_raise_anything_but_a_record_error(data: bytes) -> None:
    with pytest.raises(RecordError, match="damaged event-log object"):
        list(decode_log(data))


@given(st.data())
def test_a_damaged_log_is_refused_or_reads_as_it_was(data: st.DataObject) -> None:
    kept = [record(n, click(f"i{n}")) for n in range(3)]
    raw = bytearray(encode_log(kept))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.sampled_from([1, 4, 16, 128]))

    try:
        read = list(decode_log(bytes(raw)))
    except RecordError:
        return

    assert read == kept  # only the header of the compressed file was touched


def test_padded_sequence_numbers_sort_as_the_numbers_do() -> None:
    numbers = [0, 9, 10, 10**55, 10**56 + 1, 10**SEQUENCE_DIGITS - 1]

    padded = [Position("shard", number).padded for number in numbers]

    assert padded == sorted(padded)
    assert {len(text) for text in padded} == {SEQUENCE_DIGITS}


def test_what_version_0_1_wrote_to_stream_and_log_is_read() -> None:
    batch = decode_batch((FIXTURES / "record-1.json").read_bytes())
    kept = list(decode_log((FIXTURES / "log-1.jsonl.gz").read_bytes()))

    assert (batch.subject, batch.received_ms, batch.joins) == ("ann", 1_750_000_000_000, None)
    assert batch.events == (
        Event("ann-1", "view", "lamp", 1_750_000_000_000),
        Event("ann-2", "click", "lamp", 1_750_000_001_000),
        Event("ann-3", "purchase", "🚲 rad/日本", 1_750_000_061_000, 12.5))
    assert kept[0].batch == batch
    assert [(r.batch.subject, r.position.sequence - 2**185, len(r.batch.events)) for r in kept] == [
        ("ann", 0, 3), ("bob", 1, 2), ("ann", 2, 1)]
