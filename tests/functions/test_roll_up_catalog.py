"""The catalogue as one file, changed by what changed."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.arrays import load, save
from domain.catalog import Item
from domain.layout import CATALOG_KEY
from domain.snapshot import EMPTY, CatalogSnapshot
from functions.roll_up_catalog import roll_up
from local.function import FunctionError
from tests.functions.stage import NOW_MS, Stage, payload


def item(item_id: str, updated_ms: int, title: str = "", available: bool = True) -> Item:
    return Item(item_id, {"item_id": item_id, "title": title, "available": available}, updated_ms)


def rolled(stage: Stage) -> CatalogSnapshot:
    stage.cloud.by_verb["roll_up_catalog"].invoke(payload("scheduler"))
    return CatalogSnapshot.from_bytes(stage.shelf().get(CATALOG_KEY) or b"")


def test_the_first_file_is_written_though_it_is_empty(stage: Stage) -> None:
    """A training job is given it, and would fail on a missing one."""
    assert len(rolled(stage)) == 0


def test_items_are_on_the_shelf_after_a_roll_up(stage: Stage) -> None:
    stage.items().put([item("a", NOW_MS, "A"), item("b", NOW_MS + 5, available=False)])

    found = rolled(stage)

    assert found.until_ms == NOW_MS + 5
    assert found.get(item("a", 0).key) == {"item_id": "a", "title": "A", "available": True}
    assert list(found.hidden()) == [item("b", 0).key]


def test_a_change_is_laid_over_the_file(stage: Stage) -> None:
    stage.items().put([item("a", NOW_MS, "old"), item("b", NOW_MS, "B")])
    rolled(stage)
    stage.items().put([item("a", NOW_MS + 1, "new")])

    found = rolled(stage)

    assert [facts["title"] for facts in found] in (["new", "B"], ["B", "new"])


@pytest.mark.parametrize("item_ids", ["", "a"])
def test_the_file_is_not_written_again_when_nothing_changed(stage: Stage, item_ids: str) -> None:
    stage.items().put([item(item_id, NOW_MS) for item_id in item_ids])
    rolled(stage)
    _, tag = stage.shelf().get_newer(CATALOG_KEY, None) or (b"", "")
    before = stage.client("s3").head_object(Bucket=stage.bucket, Key=CATALOG_KEY)

    rolled(stage)

    after = stage.client("s3").head_object(Bucket=stage.bucket, Key=CATALOG_KEY)
    assert stage.shelf().get_newer(CATALOG_KEY, tag) is None
    assert after["LastModified"] == before["LastModified"]
    assert after.get("VersionId") == before.get("VersionId")


def test_an_item_that_is_late_to_the_index_is_not_lost(stage: Stage) -> None:
    stage.items().put([item("a", NOW_MS)])
    rolled(stage)
    stage.items().put([item("late", NOW_MS - 30_000)])

    found = rolled(stage)

    assert found.get(item("late", 0).key) is not None
    assert found.until_ms == NOW_MS


def test_a_file_that_cannot_be_read_is_made_again_of_the_table(stage: Stage) -> None:
    stage.items().put([item("a", NOW_MS - 10**9), item("b", NOW_MS)])
    stage.shelf().put(CATALOG_KEY, b"damaged")

    found = rolled(stage)

    assert len(found) == 2
    assert any("begun anew" in line for line in stage.logged())


def test_texts_that_an_earlier_version_kept_are_left_out_from_now_on(stage: Stage) -> None:
    told = EMPTY.updated([item("a", NOW_MS)])
    text = json.dumps({"item_id": "a", "title": "A", "description": "long"}).encode()
    header, parts = load(told.to_bytes())
    kept = parts | {"facts": np.frombuffer(text, np.uint8), "offsets": np.array([0, len(text)])}
    stage.shelf().put(CATALOG_KEY, save({"until_ms": header["until_ms"]}, kept))

    found = rolled(stage)

    assert list(found) == [{"item_id": "a", "title": "A"}]
    assert found.until_ms == NOW_MS


def test_a_table_that_fails_leaves_the_file(stage: Stage) -> None:
    stage.items().put([item("a", NOW_MS)])
    rolled(stage)
    stage.client("dynamodb").delete_table(TableName=stage.setting("items_table"))

    with pytest.raises(FunctionError, match="ResourceNotFoundException"):
        rolled(stage)

    assert stage.shelf().get(CATALOG_KEY) is not None


def same(a: CatalogSnapshot, b: CatalogSnapshot) -> bool:
    return a.until_ms == b.until_ms and all(np.array_equal(getattr(a, n), getattr(b, n)) for n in (
        "keys", "updated_ms", "available", "offsets", "facts"))


CHANGES = st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=4),
                   min_size=1, max_size=4)


@settings(max_examples=8, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_minute_by_minute_gives_what_one_roll_up_of_everything_gives(
    stage: Stage, minutes: Sequence[Sequence[tuple[str, bool]]]
) -> None:
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=CATALOG_KEY)
    for item_id in "abcdef":
        stage.client("dynamodb").delete_item(
            TableName=stage.setting("items_table"), Key={"item_id": {"S": item_id}})

    latest: dict[str, Item] = {}
    for minute, changes in enumerate(minutes):
        for n, (item_id, available) in enumerate(changes):
            latest[item_id] = item(item_id, NOW_MS + 60_000 * minute + n, f"{minute}", available)
            stage.items().put([latest[item_id]])
        found = roll_up(stage.items(), stage.shelf())

    assert same(found, EMPTY.updated(latest.values()))
    assert same(found, CatalogSnapshot.from_bytes(stage.shelf().get(CATALOG_KEY) or b""))
