"""Objects of the log: read in their order, and every one that cannot be read says why."""

from domain.record import encode_log
from functions.event_log import THREADS, EventLog
from tests.functions.stage import Stage, record


def test_every_object_comes_with_its_records(stage: Stage) -> None:
    for n in range(THREADS + 3):
        stage.shelf().put(f"events/dt=2026-01-01/{n:03}", encode_log([record(n, "ann", "a")]))
    log = EventLog(stage.shelf())

    found = list(log.read(log.objects()))

    assert [records for _, records in found] == [
        [record(n, "ann", "a")] for n in range(THREADS + 3)]


def test_days_before_are_left_out(stage: Stage) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        stage.shelf().put(f"events/dt={day}/1", encode_log([]))

    objects = EventLog(stage.shelf()).objects("2026-01-02")

    assert [found.key[10:20] for found in objects] == ["2026-01-02", "2026-01-03"]


def test_what_cannot_be_read_says_why(stage: Stage) -> None:
    whole = encode_log([record(1, "ann", "a")])
    for key, data in (("1", whole[:-9]), ("2", b"no gzip"), ("3", whole)):
        stage.shelf().put(f"events/{key}", data)
    log = EventLog(stage.shelf())
    objects = log.objects()
    stage.client("s3").delete_object(Bucket=stage.bucket, Key="events/3")

    reasons = [found for _, found in log.read(objects)]

    assert [str(reason).split(":")[0] for reason in reasons] == [
        "damaged event-log object", "damaged event-log object", "gone since it was listed"]
