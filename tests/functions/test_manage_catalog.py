"""Items come in checked; what could not be taken is said."""

import json
from typing import Any

from functions.items import Items
from functions.manage_catalog import respond
from tests.functions.faults import Faulty, Unreachable
from tests.functions.stage import NOW_MS, OPEN, Answer, Stage, proxy_event

LAMP = {"item_id": "lamp", "title": "Lamp", "description": "It shines.", "categories": ["light"],
        "tags": ["new"], "price": 9.5, "available": True, "attributes": {"watts": 7, "led": True}}


def put(stage: Stage, *items: Any) -> Answer:
    return stage.call("PUT", "/items", {"items": list(items)})


def get(stage: Stage, item_id: str) -> Answer:
    return stage.call("GET", "/items/{item_id}", item_id=item_id)


def test_an_item_comes_back_as_it_was_sent(stage: Stage) -> None:
    answered = put(stage, LAMP)

    assert (answered.status, answered.body) == (200, {"accepted": 1, "rejected": []})
    assert get(stage, "lamp").body == {**LAMP, "updated_ms": NOW_MS}


def test_an_item_is_replaced_whole(stage: Stage) -> None:
    put(stage, LAMP)

    put(stage, {"item_id": "lamp", "available": False})

    assert get(stage, "lamp").body == {
        "item_id": "lamp", "available": False, "updated_ms": NOW_MS}


def test_ids_of_any_script_and_syntax_are_only_ids(stage: Stage) -> None:
    ids = ["日本語", "🚲 x", "a/b?c#d", "100%25", "'; DROP TABLE items--", "..", "+ +"]

    put(stage, *({"item_id": item_id} for item_id in ids))

    assert [get(stage, item_id).body["item_id"] for item_id in ids] == ids


def test_an_item_that_is_not_there_is_404(stage: Stage) -> None:
    assert get(stage, "none").error == (404, "not_found", "item_id")


BAD = [
    ({"item_id": 7}, "item_id"), ({"title": "no id"}, "item_id"), ("lamp", "item"),
    ({**LAMP, "price": "9"}, "price"), ({**LAMP, "price": -1}, "price"),
    ({**LAMP, "available": "yes"}, "available"), ({**LAMP, "colour": "red"}, "colour"),
    ({**LAMP, "categories": "light"}, "categories"),
    ({**LAMP, "description": "x" * 1_000_000}, "description"),
    ({"item_id": "i" * 1_000_000}, "item_id"),
    ({**LAMP, "attributes": {f"a{n}": "ž" * 250 for n in range(60)}}, "item"),
]


def test_a_bad_item_is_named_and_the_good_one_beside_it_kept(stage: Stage) -> None:
    answered = put(stage, *(item for item, _ in BAD), LAMP)

    assert (answered.status, answered.body["accepted"]) == (200, 1)
    assert [(r["index"], r["field"]) for r in answered.body["rejected"]] == [
        (index, field) for index, (_, field) in enumerate(BAD)]
    assert get(stage, "lamp").status == 200


def test_a_body_without_a_good_item_is_400(stage: Stage) -> None:
    assert put(stage, {"item_id": 7}).error == (400, "invalid", "items[0].item_id")
    assert put(stage).error == (400, "invalid", "items")
    assert put(stage, *[LAMP] * 101).error == (400, "invalid", "items")
    assert stage.call("PUT", "/items", "{").error == (400, "invalid", "body")
    assert stage.call("PUT", "/items").error == (400, "invalid", "body")


def test_a_hundred_items_go_in_one_call(stage: Stage) -> None:
    answered = put(stage, *({"item_id": f"i{n}"} for n in range(100)))

    assert answered.body["accepted"] == 100
    assert get(stage, "i99").status == 200


class Full:
    """A table that leaves everything unprocessed."""

    def batch_write_item(self, RequestItems: Any) -> Any:
        """As DynamoDB answers when its capacity is used up."""
        return {"UnprocessedItems": RequestItems}


def answer_of(items: Items) -> tuple[int, Any]:
    answered = respond(proxy_event("PUT", "/items", {"items": [LAMP]}), items, OPEN)
    return answered["statusCode"], json.loads(answered["body"])["error"]


def test_a_table_that_stays_too_busy_is_503(stage: Stage) -> None:
    status, error = answer_of(stage.items(Full()))

    assert (status, error["code"]) == (503, "unavailable")
    assert error["message"] == "not all items were taken, send them again"


def test_a_table_out_of_reach_is_503(stage: Stage) -> None:
    assert answer_of(stage.items(Unreachable()))[0] == 503
    busy = Faulty(stage.client("dynamodb"), {"batch_write_item": None})
    assert answer_of(stage.items(busy))[0] == 503
