"""The log is read wherever it lies, without those who are forgotten."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.erasure import mark_of
from domain.event import Batch, Event
from domain.layout import ERASURES
from domain.record import Position, Record, encode_log
from functions.shelf import Shelf
from local.cloud import Cloud
from local.logbook import Logbook, LogbookError, of_bucket, of_cloud, of_copy

NOW_MS = 1_760_000_000_000
RECORDS = [Record(Position("shardId-000000000000", n),
                  Batch("ada", NOW_MS, (Event(str(n), "click", "lamp", NOW_MS),)))
           for n in range(3)]


def shelf(cloud: Cloud) -> Shelf:
    return Shelf(cloud.by_verb["write_event_log"].environment["HEADWATER_BUCKET_NAME"])


def test_a_copy_is_read_object_by_object(tmp_path: Path) -> None:
    (tmp_path / "dt=2026-01-05").mkdir()
    for n, record in enumerate(RECORDS):
        (tmp_path / f"dt=2026-01-05/{n}.jsonl.gz").write_bytes(encode_log([record]))

    found = of_copy(tmp_path)

    assert list(found.records) == RECORDS
    assert not found.forgotten


def test_a_cloud_is_read_while_it_runs_and_its_bucket_says_the_same(tmp_path: Path) -> None:
    with Cloud(tmp_path, live=False) as cloud:
        shelf(cloud).write_log(RECORDS, NOW_MS)
        shelf(cloud).put(mark_of("eve", NOW_MS), b"")
        shelf(cloud).put("exports/one.jsonl.gz", encode_log(RECORDS))

        by_file, by_bucket = of_cloud(tmp_path), of_bucket(shelf(cloud))

        for found in (by_file, by_bucket):
            assert list(found.records) == RECORDS
            assert found.forgotten.refuses("eve")
            assert not found.forgotten.refuses("ada")


@pytest.mark.parametrize("read", [of_copy, of_cloud])
def test_where_no_log_is_that_is_said(read: Callable[[Path], Logbook], tmp_path: Path) -> None:
    with pytest.raises(LogbookError, match="holds no event log"):
        list(read(tmp_path).records)


def test_what_cannot_be_read_is_named(tmp_path: Path, cloud: Cloud) -> None:
    (tmp_path / "one.jsonl.gz").write_bytes(b"no gzip")
    key = shelf(cloud).write_log(RECORDS, NOW_MS)
    shelf(cloud).put(key, b"no gzip")

    with pytest.raises(LogbookError, match=r"one.jsonl.gz: damaged"):
        list(of_copy(tmp_path).records)
    with pytest.raises(LogbookError, match=f"{key}: damaged"):
        list(of_bucket(shelf(cloud)).records)


def test_an_erasure_that_cannot_be_read_is_passed_over_nowhere(
    tmp_path: Path, cloud: Cloud
) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects/bucket=erasures%2Fwho").write_bytes(b"")
    shelf(cloud).put(f"{ERASURES}who", b"")

    with pytest.raises(LogbookError, match="no mark"):
        of_cloud(tmp_path)
    with pytest.raises(LogbookError, match="no mark"):
        of_bucket(shelf(cloud))
