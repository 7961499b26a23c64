"""After a sweep nobody who was erased is in any table or object, and nobody else is gone."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from domain.erasure import Act, mark_of
from domain.key import subject_hash
from domain.layout import EXPORTS, PARKED, RECEIPTS, SWEEP_KEY
from domain.record import Record, decode_log
from domain.sweep import SETTLE_MS, Progress
from functions import broom
from functions.aws import WorldError
from functions.sweep_log import sweep
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage, kinesis_event, record
from tests.functions.test_manage_privacy import ask, delete
from tests.functions.test_manage_users import click, join, put, visit

BEHIND_MS = 48 * 3_600_000
LATER_MS = 2 * SETTLE_MS
ANN, BOB = "ann@example.org", "bob"


def log(stage: Stage, *records: Record) -> str:
    return stage.shelf().write_log(list(records), NOW_MS)


def read(stage: Stage, key: str) -> list[str]:
    data = stage.shelf().get(key)
    assert data is not None
    return [found.batch.subject for found in decode_log(data)]


def erase(stage: Stage, subject: str, at_ms: int = NOW_MS, act: Act = Act.ERASED) -> None:
    stage.shelf().put(mark_of(subject, at_ms, act), b"")


def parked(stage: Stage, *records: Record) -> str:
    key = f"{PARKED}1/shard/batch"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    stage.shelf().put(key, json.dumps({
        "requestContext": {"functionArn": arn},
        "payload": kinesis_event(records, NOW_MS / 1000)}).encode())
    return key


def everything(stage: Stage) -> Iterator[bytes]:
    """Every byte of every table and of every version of every object, and what is packed in it."""
    s3, dynamodb = stage.client("s3"), stage.client("dynamodb")
    for version in s3.list_object_versions(Bucket=stage.bucket).get("Versions", []):
        data = s3.get_object(Bucket=stage.bucket, Key=version["Key"],
                             VersionId=version["VersionId"])["Body"].read()
        yield version["Key"].encode()
        yield data
        if data[:2] == b"\x1f\x8b":
            yield from (repr(found).encode() for found in decode_log(data))
        if version["Key"].startswith(PARKED):
            yield from (base64.b64decode(found["kinesis"]["data"])
                        for found in json.loads(data)["payload"]["Records"])
    for name in dynamodb.list_tables()["TableNames"]:
        yield from (repr(row).encode() for row in dynamodb.scan(TableName=name)["Items"])


def test_no_byte_of_an_erased_user_remains_in_any_table_or_object(stage: Stage) -> None:
    for user in (ANN, BOB):
        put(stage, {"segment": "new"}, user)
        click(stage, "lamp", user_id=user)
        ask(stage, "GET", "export", user)
    visit(stage, "sofa")
    join(stage, "visit", ANN)
    stage.cloud.drain()
    stage.deliver("write_event_log", [record(1, ANN, "a"), record(2, BOB, "a")])
    stage.deliver("write_event_log", [record(1, ANN, "a")])  # an earlier version stays behind it
    bad = kinesis_event([(record(3, ANN).position, b"poison of " + ANN.encode())], NOW_MS / 1000)
    bad["Records"][0]["kinesis"]["partitionKey"] = ANN
    stage.cloud.by_verb["write_event_log"].invoke(bad)
    parked(stage, record(4, ANN, "b"), record(5, BOB, "b"))
    assert any(ANN.encode() in data for data in everything(stage))

    delete(stage, ANN)
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    # Pages know a 32-bit tag of a user, for two days; the stream itself forgets by itself.
    assert not [data for data in everything(stage) if ANN.encode() in data or b"~visit" in data]
    assert any(BOB.encode() in data for data in everything(stage))
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["records"] == 6


def test_what_is_only_just_asked_for_waits_until_the_log_has_it(stage: Stage) -> None:
    key = log(stage, record(1, ANN, "a"))
    delete(stage, ANN)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + SETTLE_MS - 1)
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["rewritten_ms"] is None
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    assert read(stage, key) == []
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["rewritten_ms"]


def test_a_record_that_reaches_the_log_after_the_sweep_is_found_by_the_next(stage: Stage) -> None:
    erase(stage, ANN)
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)
    late = log(stage, record(1, ANN, "a"), record(2, BOB, "a"))

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + 3_600_000)

    assert read(stage, late) == [BOB]


def test_the_log_is_not_read_where_nobody_asked_for_anything(stage: Stage) -> None:
    log(stage, record(1, BOB, "a"))
    client = Faulty(stage.client("s3"), {"delete_object": None, "list_object_versions": None})

    for hours in (1, 2):
        sweep(stage.shelf(client), BEHIND_MS, NOW_MS + hours * 3_600_000)

    assert Progress.from_bytes(stage.shelf().get(SWEEP_KEY) or b"").sweep is None


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(broom, "STEP", 3)
    return 3


def test_a_sweep_goes_on_where_the_last_call_ended(stage: Stage, small_steps: int) -> None:
    keys = [log(stage, record(n, ANN, "a"), record(100 + n, BOB, "a")) for n in range(8)]
    delete(stage, ANN)
    times = []

    for call in range(3):
        left = iter([True, False])
        times.append(sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + call,
                           lambda left=left: next(left)).sweep is None)

    assert times == [False, False, True]
    assert all(read(stage, key) == [BOB] for key in keys)
    told = ask(stage, "GET", "erasure", ANN).body["event_log"]
    assert (told["records"], told["objects"]) == (8, 8)


@pytest.mark.parametrize("operation", ["put_object", "delete_object", "get_object",
                                       "list_object_versions"])
@pytest.mark.parametrize("late", [False, True])
def test_a_sweep_that_dies_anywhere_is_done_by_the_next(
    stage: Stage, small_steps: int, operation: str, late: bool
) -> None:
    click(stage, "lamp", user_id=ANN)
    keys = [log(stage, record(n, ANN, "a"), record(100 + n, BOB, "a")) for n in range(4)]
    delete(stage, ANN)
    for number in range(6):
        client = Faulty(stage.client("s3"), {operation: [number]}, late=late)
        attempt(stage, client, number)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + 9)

    assert all(read(stage, key) == [BOB] for key in keys)
    assert not [data for data in everything(stage) if ANN.encode() in data]
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["rewritten_ms"]


def attempt(stage: Stage, client: Any, number: int) -> None:
    with suppress(WorldError):
        sweep(stage.shelf(client), BEHIND_MS, NOW_MS + LATER_MS + number)


def test_what_was_gathered_while_somebody_was_being_erased_is_withdrawn(stage: Stage) -> None:
    stage.shelf().put(f"{EXPORTS}{subject_hash(ANN):032x}/x.json", b"[]")
    erase(stage, ANN)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    assert stage.keys(EXPORTS) == []


def test_receipts_of_other_sweeps_are_not_touched(stage: Stage) -> None:
    delete(stage, BOB)
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)
    (first,) = stage.keys(RECEIPTS)
    before = stage.shelf().get(first)
    log(stage, record(1, ANN, "a"))
    delete(stage, ANN, at_ms=NOW_MS + LATER_MS)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + 3 * LATER_MS)

    assert stage.shelf().get(first) == before
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["records"] == 1


def test_the_schedule_sweeps(stage: Stage) -> None:
    stage.cloud.by_verb["sweep_log"].invoke({})

    assert stage.counted("ErasureWaitsHours") == 0
