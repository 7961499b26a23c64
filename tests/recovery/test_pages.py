"""Pages out of the log: the last 48 hours, and never a page with fewer records."""

from collections.abc import Iterable

from domain.layout import PAGE_TTL_S
from domain.page import encode_pages, read_pages
from domain.record import Record
from recovery.pages import PageFiller
from recovery.report import Report
from recovery.stack import Adapters
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, record
from tests.recovery.stage import rows

FOUND = [record(n, "ann", f"item-{n}") for n in range(4)]


def fill(opened: Adapters, now_ms: int = NOW_MS) -> Report:
    report = Report()
    PageFiller(opened, report).fill(now_ms)
    return report


def sequences(opened: Adapters) -> list[int]:
    records, _ = read_pages(opened.pages.after({}, [SHARD]))
    return [found.sequence - FIRST for _, found in records]


def page(records: Iterable[Record]) -> bytes:
    ((_, data),) = encode_pages(records, VOCABULARY)
    return data


def test_a_page_is_what_the_updater_would_have_made_of_the_same_records(
    stage: Stage, opened: Adapters
) -> None:
    opened.shelf.write_log(FOUND, NOW_MS)
    stage.deliver("update_item_features", FOUND)
    made = rows(stage.cloud, "pages")
    stage.client("dynamodb").delete_item(
        TableName=stage.setting("pages_table"),
        Key={"shard": {"S": SHARD}, "first": {"S": FOUND[-1].position.padded}})

    report = fill(opened)

    assert rows(stage.cloud, "pages") == made
    assert report.counts == {"pages written": 1}
    assert fill(opened).counts == {"pages that needed nothing": 1}


def test_what_a_ttl_has_passed_stays_gone(opened: Adapters) -> None:
    opened.shelf.write_log(FOUND, NOW_MS)

    fill(opened, NOW_MS + PAGE_TTL_S * 1000 + 1)

    assert sequences(opened) == []


def test_a_page_with_more_records_is_kept_and_one_with_fewer_is_not(opened: Adapters) -> None:
    for n in (1, 3):  # the last record of a page
        opened.shelf.write_log(FOUND[n - 1:n + 1], NOW_MS)
    opened.pages.put(FOUND[1].position, page(FOUND[1:2]), NOW_MS)
    opened.pages.put(FOUND[3].position, page(FOUND[1:4]), NOW_MS)

    fill(opened)

    assert sequences(opened) == [0, 1, 1, 2, 3]


def test_an_object_is_read_once(opened: Adapters) -> None:
    opened.shelf.write_log(FOUND[:2], NOW_MS)
    report = Report()
    filler = PageFiller(opened, report)
    filler.fill(NOW_MS)
    opened.shelf.write_log(FOUND[2:], NOW_MS)

    filler.fill(NOW_MS)

    assert report.counts == {"pages written": 2}
    assert sequences(opened) == [0, 1, 2, 3]


def test_a_damaged_object_is_named(opened: Adapters) -> None:
    opened.shelf.put("events/dt=2025-10-09/1.jsonl.gz", b"torn")

    report = fill(opened)

    assert report.problems[0].startswith("pages of events/dt=2025-10-09/1.jsonl.gz: damaged")
