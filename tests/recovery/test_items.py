"""Items out of the catalogue's roll-up."""

import pytest

from domain.layout import CATALOG_KEY
from local import planted
from recovery.items import fill
from recovery.report import Report
from recovery.stack import Adapters
from tests.functions.stage import Stage
from tests.recovery.stage import drop, rows


@pytest.fixture
def rolled_up(stage: Stage) -> Stage:
    """The catalogue was sent and rolled up."""
    facts = [item.facts for item in planted.items()]
    stage.call("PUT", "/items", {"items": facts})
    stage.cloud.fire("roll_up_catalog")
    return stage


def test_items_come_back_as_they_were_written(rolled_up: Stage, opened: Adapters) -> None:
    known, report = rows(rolled_up.cloud, "items"), Report()
    drop(rolled_up.cloud, "items")

    fill(opened, report)

    assert rows(rolled_up.cloud, "items") == known
    assert report.counts["items written"] == len(planted.items())


def test_news_of_an_item_is_not_written_over(rolled_up: Stage, opened: Adapters) -> None:
    now_ms = 1_800_000_000_000
    rolled_up.call("PUT", "/items", {"items": [{"item_id": "a1", "title": "New"}]},
                   received_ms=now_ms)

    fill(opened, report := Report())

    found = opened.items.get("a1")
    assert found is not None
    assert (found.facts["title"], found.updated_ms) == ("New", now_ms)
    assert report.counts["items written"] == 0


def test_without_a_roll_up_it_says_what_to_do(opened: Adapters) -> None:
    report = Report()

    fill(opened, report)
    opened.shelf.put(CATALOG_KEY, b"torn")
    fill(opened, report)

    assert "send the catalogue again" in report.problems[0]
    assert "bring an earlier version" in report.problems[1]
