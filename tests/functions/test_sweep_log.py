"""After a sweep nobody who was erased is in any table or object, and nobody else is gone."""

import base64
import gzip
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from domain.batch_part import Part, read_part
from domain.batch_plan import new_id, part_key
from domain.erasure import Act, mark_of
from domain.export import ASKED, DONE, folder_of
from domain.key import subject_hash
from domain.layout import BATCH_DAYS, BATCHES, EVENT_LOG, EXPORTS, PARKED, RECEIPTS, SWEEP_KEY
from domain.record import Record, decode_log
from domain.sweep import SETTLE_MS, Progress
from functions import broom
from functions.aws import WorldError
from functions.shelf import day_key
from functions.sweep_log import DAY_MS, GRACE_DAYS, expire, sweep
from tests.functions.batched import begin
from tests.functions.clocked import Clocked
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage, kinesis_event, record
from tests.functions.test_manage_privacy import ask, delete
from tests.functions.test_manage_users import click, join, put, visit

BEHIND_MS = 48 * 3_600_000
LATER_MS = 2 * SETTLE_MS
HOUR_MS = 3_600_000
ANN, BOB = "ann@example.org", "bob"


@pytest.fixture(autouse=True)
def versions(stage: Stage) -> None:
    """The bucket keeps what its objects were, as on AWS; the local cloud's does not."""
    stage.client("s3").put_bucket_versioning(
        Bucket=stage.bucket, VersioningConfiguration={"Status": "Enabled"})


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
        if version["Key"].startswith(BATCHES) and data[:2] == b"\x1f\x8b":
            yield gzip.decompress(data)
        elif data[:2] == b"\x1f\x8b":
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
    for _ in range(2):  # an earlier version stays behind the second
        stage.deliver("write_event_log", [record(1, ANN, "a"), record(2, BOB, "a")])
    bad = kinesis_event([(record(3, ANN).position, b"poison of " + ANN.encode())], NOW_MS / 1000)
    bad["Records"][0]["kinesis"]["partitionKey"] = ANN
    stage.cloud.by_verb["write_event_log"].invoke(bad)
    parked(stage, record(4, ANN, "b"), record(5, BOB, "b"))
    begin(stage)
    begin(stage, users=[ANN, BOB, "~visit"])
    stage.cloud.drain()
    assert any(ANN.encode() in data for data in everything(stage))

    delete(stage, ANN)
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    # Pages know a 32-bit tag of a user, for two days; the stream itself forgets by itself.
    assert not [data for data in everything(stage) if ANN.encode() in data or b"~visit" in data]
    assert any(BOB.encode() in data for data in everything(stage))
    # Of batches three lists, and two names among those asked for.
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["records"] == 6 + 5


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

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + HOUR_MS)

    assert read(stage, late) == [BOB]


def test_the_log_is_not_read_where_nobody_asked_for_anything(stage: Stage) -> None:
    log(stage, record(1, BOB, "a"))
    client = Faulty(stage.client("s3"), {"delete_object": None, "list_object_versions": None})

    for hours in (1, 2):
        sweep(stage.shelf(client), BEHIND_MS, NOW_MS + hours * HOUR_MS)

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


FIRST_MS = NOW_MS + LATER_MS  # of the first sweep


@pytest.fixture
def swept(stage: Stage) -> Clocked:
    """A bucket where a sweep has dealt with the mark of somebody, an hour before the next."""
    shelf = Clocked(stage)
    shelf.write_log([record(0, BOB, "a")], NOW_MS)
    erase(stage, ANN)
    sweep(shelf, BEHIND_MS, FIRST_MS)
    shelf.read.clear()
    shelf.listings.clear()
    return shelf


def read_of_log(shelf: Clocked) -> list[str]:
    return [key for key in shelf.read if key.startswith(EVENT_LOG)]


def test_of_who_was_dealt_with_only_what_may_be_new_is_read(stage: Stage, swept: Clocked) -> None:
    def write(n: int, at_ms: int) -> str:
        swept.now_ms = at_ms
        return swept.write_log([record(n, ANN, "a")], NOW_MS)

    since_ms = FIRST_MS - SETTLE_MS  # clocks differ
    _, first, last = write(1, since_ms - 1), write(2, since_ms), write(3, FIRST_MS + 60_000)

    sweep(swept, BEHIND_MS, FIRST_MS + HOUR_MS)

    assert read_of_log(swept) == [first, last]
    assert read(stage, first) == read(stage, last) == []


def test_a_record_that_waited_on_the_stream_is_found_below_the_day_of_its_arrival(
    stage: Stage, swept: Clocked
) -> None:
    swept.now_ms = FIRST_MS
    key = swept.write_log([record(1, ANN, "a")], FIRST_MS - BEHIND_MS)

    sweep(swept, BEHIND_MS, FIRST_MS + HOUR_MS)

    assert read(stage, key) == []
    (after,) = {after for prefix, after in swept.listings if prefix == EVENT_LOG}
    assert after == day_key(FIRST_MS - BEHIND_MS - 2 * SETTLE_MS)  # and no day before


@pytest.mark.parametrize("is_late", [True, False])
def test_once_the_stream_has_forgotten_nothing_is_looked_for(
    stage: Stage, swept: Clocked, is_late: bool
) -> None:
    sweep(swept, BEHIND_MS, NOW_MS + 2 * BEHIND_MS - is_late)
    swept.now_ms = NOW_MS + 2 * BEHIND_MS + HOUR_MS
    swept.write_log([record(1, ANN, "a")], swept.now_ms)
    swept.read.clear()

    sweep(swept, BEHIND_MS, NOW_MS + 2 * BEHIND_MS + HOUR_MS)

    assert bool(read_of_log(swept)) == is_late


def test_a_new_mark_concerns_all_there_is(stage: Stage, swept: Clocked) -> None:
    erase(stage, BOB, FIRST_MS)

    sweep(swept, BEHIND_MS, FIRST_MS + SETTLE_MS - 1)
    assert read_of_log(swept) == []
    sweep(swept, BEHIND_MS, FIRST_MS + SETTLE_MS)

    assert [read(stage, key) for key in read_of_log(swept)] == [[]]


def test_the_first_note_is_made_before_all_is_listed(stage: Stage, small_steps: int) -> None:
    shelf = Clocked(stage)
    for n in range(20):
        shelf.write_log([record(n, BOB, "a")], NOW_MS)
    erase(stage, ANN)
    left = iter([True, False])

    sweep(shelf, BEHIND_MS, FIRST_MS, lambda: next(left))

    assert shelf.seen <= 1 + 3 * small_steps  # and the mark
    assert Progress.from_bytes(shelf.get(SWEEP_KEY) or b"").sweep is not None


def test_a_receipt_tells_what_an_earlier_sweep_took_out(stage: Stage) -> None:
    key = log(stage, record(1, ANN, "a"), record(2, BOB, "b"))
    delete(stage, "other", at_ms=FIRST_MS - 3 * SETTLE_MS)
    delete(stage, ANN, at_ms=FIRST_MS - 1)

    sweep(stage.shelf(), BEHIND_MS, FIRST_MS)
    assert read(stage, key) == [BOB]
    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["rewritten_ms"] is None
    sweep(stage.shelf(), BEHIND_MS, FIRST_MS + HOUR_MS)

    told = ask(stage, "GET", "erasure", ANN).body["event_log"]
    assert (told["rewritten_ms"], told["records"], told["objects"]) == (FIRST_MS + HOUR_MS, 1, 1)


def test_a_receipt_tells_once_what_came_late_though_a_sweep_dies(stage: Stage) -> None:
    for n, who in enumerate((ANN, BOB)):
        log(stage, record(n, who, "a"))
        delete(stage, who)
    sweep(stage.shelf(), BEHIND_MS, FIRST_MS)
    log(stage, record(5, ANN, "a"), record(6, BOB, "a"))
    # The log's object, the note, and of the receipts only one.
    client = Faulty(stage.client("s3"), {"put_object": [3]})
    with suppress(WorldError):
        sweep(stage.shelf(client), BEHIND_MS, FIRST_MS + HOUR_MS)
    assert client.calls["put_object"] == 3

    for hours in (2, 3):
        sweep(stage.shelf(), BEHIND_MS, FIRST_MS + hours * HOUR_MS)

    assert [ask(stage, "GET", "erasure", who).body["event_log"]["records"]
            for who in (ANN, BOB)] == [2, 2]


def gathered(stage: Stage, subject: str) -> list[str]:
    return [found["sequence"] for key in stage.keys(folder_of(subject_hash(subject)))
            if key.endswith(".json") for found in json.loads(stage.shelf().get(key) or b"")]


def test_what_is_gathered_is_gathered_once_though_a_search_dies(
    stage: Stage, small_steps: int
) -> None:
    for n in range(5):
        log(stage, record(n, BOB, "a"))
    ask(stage, "GET", "export", BOB)
    client = Faulty(stage.client("s3"), {"put_object": [1]})  # the note after the first part
    with suppress(WorldError):
        sweep(stage.shelf(client), BEHIND_MS, FIRST_MS)
    assert len(gathered(stage, BOB)) == 3
    stage.shelf().write_log([record(9, BOB, "a")], NOW_MS - DAY_MS)  # comes before the others

    sweep(stage.shelf(), BEHIND_MS, FIRST_MS + 1)

    assert len(gathered(stage, BOB)) == len(set(gathered(stage, BOB))) == 6


def test_of_an_earlier_search_nothing_stays_but_what_is_told(stage: Stage) -> None:
    log(stage, record(1, BOB, "a"))
    folder = folder_of(subject_hash(BOB))
    stage.shelf().put(f"{folder}of-last-week.json", b"[]")
    ask(stage, "GET", "export", BOB)
    assert folder + ASKED in stage.keys(EXPORTS)

    sweep(stage.shelf(), BEHIND_MS, FIRST_MS)

    part, done = stage.keys(EXPORTS)
    assert done == folder + DONE
    assert "of-last-week" not in part
    assert gathered(stage, BOB) == [str(record(1, BOB).position.sequence)]


def test_days_that_are_over_are_deleted_though_they_were_written_anew(stage: Stage) -> None:
    over, kept = (stage.shelf().write_log([record(n, BOB, "a")], NOW_MS - days * DAY_MS)
                  for n, days in enumerate((30 + GRACE_DAYS + 1, 30 + GRACE_DAYS)))
    stage.shelf().put(over, b"written anew")

    expire(stage.shelf(), 30, NOW_MS, lambda: False)
    assert stage.keys(EVENT_LOG) == [over, kept]
    expire(stage.shelf(), 30, NOW_MS)

    assert stage.keys(EVENT_LOG) == [kept]
    versions = stage.client("s3").list_object_versions(Bucket=stage.bucket, Prefix=over)
    assert not {"Versions", "DeleteMarkers"} & versions.keys()


def test_batches_that_are_over_are_deleted_though_they_were_written_anew(stage: Stage) -> None:
    over, kept = (part_key(new_id(NOW_MS - days * DAY_MS, 1), 0)
                  for days in (BATCH_DAYS + GRACE_DAYS + 1, BATCH_DAYS + GRACE_DAYS))
    for key in (over, kept):
        stage.shelf().put(key, b"lines")

    expire(stage.shelf(), 30, NOW_MS, lambda: False)
    assert stage.keys(BATCHES) == [over, kept]
    expire(stage.shelf(), 30, NOW_MS)

    assert stage.keys(BATCHES) == [kept]


def test_a_part_that_is_written_after_the_sweep_is_found_by_the_next(stage: Stage) -> None:
    erase(stage, ANN)
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)
    late = Part()
    for who in (ANN, BOB):
        late.add({"user_id": who, "at_ms": NOW_MS - 1})
    key = part_key(new_id(NOW_MS, 1), 0)
    stage.shelf().put(key, late.to_bytes())

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + HOUR_MS)

    assert [line["user_id"] for line in read_part(stage.shelf().get(key) or b"")] == [BOB]


def test_a_part_that_nobody_can_read_is_told_of(stage: Stage) -> None:
    stage.shelf().put(part_key(new_id(NOW_MS, 1), 0), b"no lines")
    delete(stage, ANN)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["unread_objects"] == 1


def test_the_schedule_keeps_the_log_for_as_long_as_it_is_told_to(stage: Stage) -> None:
    today_ms = time.time_ns() // 1_000_000
    days = int(stage.setting("event_log_days"))
    for n, age in enumerate((0, days, days + GRACE_DAYS + 1)):
        stage.shelf().write_log([record(n, BOB, "a")], today_ms - age * DAY_MS)

    stage.cloud.by_verb["sweep_log"].invoke({})

    assert len(stage.keys(EVENT_LOG)) == 2


def test_the_schedule_sweeps(stage: Stage) -> None:
    stage.cloud.by_verb["sweep_log"].invoke({})

    assert stage.emitted()[-1]["ErasureWaitsHours"][-1] == 0  # of this call
