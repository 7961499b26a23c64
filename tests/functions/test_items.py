"""Item facts, and what of the catalogue changed since a moment."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.catalog import Item
from domain.layout import CHANGE_LANES
from functions.items import BATCH_WRITE, INDEX_LAG_MS, MAX_TRIES, Items, ItemsError
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage


def item(item_id: str, updated_ms: int = NOW_MS, **facts: Any) -> Item:
    return Item(item_id, {"item_id": item_id, **facts}, updated_ms)


@pytest.mark.parametrize("item_id", ["a", "日本語", "🚲" * 256, "1; DROP TABLE items--", "a/b"])
def test_an_item_is_read_as_it_was_written(stage: Stage, item_id: str) -> None:
    written = item(item_id, title="Žluťoučký", price=1.25, tags=["x", "y"], available=False)

    stage.items().put([written])

    assert stage.items().get(item_id) == written
    assert stage.items().get("another") is None


def test_the_last_writing_of_an_item_stands(stage: Stage) -> None:
    stage.items().put([item("a", title="old")])

    stage.items().put([item("a", NOW_MS + 1, price=2)])

    assert stage.items().get("a") == item("a", NOW_MS + 1, price=2)


def test_more_items_than_one_call_takes_are_written_in_several(stage: Stage) -> None:
    client = Faulty(stage.client("dynamodb"), {"batch_write_item": []})
    items = [item(f"i{n}") for n in range(2 * BATCH_WRITE + 1)]

    stage.items(client).put(items)

    assert client.calls["batch_write_item"] + 1 == 3
    assert all(stage.items().get(each.item_id) == each for each in items)


class Reluctant:
    """Takes one item of a batch a call, and gives the others back unprocessed."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = 0

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        """As DynamoDB does when the table is too busy. source: AWS, "BatchWriteItem"."""
        self.calls += 1
        [(table, asked)] = RequestItems.items()
        self._client.batch_write_item(RequestItems={table: asked[:1]})
        return {"UnprocessedItems": {table: asked[1:]} if asked[1:] else {}}


def test_what_was_left_unprocessed_is_sent_again_after_a_pause(stage: Stage) -> None:
    client, pauses = Reluctant(stage.client("dynamodb")), list[float]()
    items = [item(f"i{n}") for n in range(3)]

    Items(stage.setting("items_table"), client, pause=pauses.append).put(items)  # type: ignore[arg-type]

    assert client.calls == 3
    assert pauses == [0.05, 0.1]
    assert all(stage.items().get(each.item_id) == each for each in items)


def test_a_table_that_stays_too_busy_is_an_error_with_a_count(stage: Stage) -> None:
    client = Reluctant(stage.client("dynamodb"))

    with pytest.raises(ItemsError, match=r"^4 items were not taken$"):
        stage.items(client).put([item(f"i{n}") for n in range(MAX_TRIES + 4)])


def test_a_table_that_refuses_is_told(stage: Stage) -> None:
    client = Faulty(stage.client("dynamodb"), {"batch_write_item": None})

    with pytest.raises(ClientError):
        stage.items(client).put([item("a")])


def changed(stage: Stage, since_ms: int) -> set[str]:
    return {each.item_id for each in stage.items().changed_since(since_ms)}


def test_changes_are_found_in_every_lane(stage: Stage) -> None:
    items = [item(f"i{n}", NOW_MS + n) for n in range(60)]

    stage.items().put(items)

    assert {each.key % CHANGE_LANES for each in items} == set(range(CHANGE_LANES))
    found = {each.item_id: each for each in stage.items().changed_since(0)}
    assert found == {each.item_id: each for each in items}


def test_changes_begin_a_little_before_the_moment_asked_for(stage: Stage) -> None:
    edge_ms = NOW_MS - INDEX_LAG_MS
    stage.items().put([item("older", edge_ms), item("late", edge_ms + 1),
                       item("newer", NOW_MS + 1)])

    assert changed(stage, NOW_MS) == {"late", "newer"}


def test_changes_look_back_as_far_as_a_call_may_take_to_write(stage: Stage) -> None:
    """An item has the time of its call; the function may work on it until its timeout."""
    function = stage.cloud.by_verb["manage_catalog"].name
    timeout_s = stage.cloud.template.resources("AWS::Lambda::Function")[function]["Timeout"]

    assert 2 * 1000 * timeout_s <= INDEX_LAG_MS


def test_an_item_is_filled_in_where_none_is_or_an_older_one(stage: Stage) -> None:
    items = stage.items()

    filled = [items.fill(item("a", at_ms)) for at_ms in (5, 5, 4, 6)]

    assert filled == [True, False, False, True]
    assert items.get("a") == item("a", 6)
    assert item("a", 6) in list(items.changed_since(5))


def test_an_older_item_that_is_filled_in_keeps_its_texts(stage: Stage) -> None:
    stage.items().put([item("a", title="old", price=1, description="long")])

    assert stage.items().fill(item("a", NOW_MS + 1, title="new"))

    assert stage.items().get("a") == item("a", NOW_MS + 1, title="new", description="long")


def test_a_busy_table_is_no_newer_item(stage: Stage) -> None:
    items = stage.items(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        items.fill(item("a"))
