from typing import Any
from urllib.parse import quote

import pytest
from headwater_client import limits
from headwater_client.entry import Entry
from headwater_client.recall import MAX_SHOWN, Recall
from headwater_client.wire import list_call


def click(item_id: str, subject: str = "ann", type_: str = "click") -> Entry:
    event: dict[str, Any] = {"type": type_, "item_id": item_id}
    return Entry(subject, event, 0.0)


def test_what_was_sent_is_recent_for_ten_seconds() -> None:
    recall = Recall()
    recall.sent([click("a")], 100.0)
    recall.sent([click("b")], 105.0)

    found = [recall.recent("ann", [], now_s) for now_s in (105.0, 110.0, 115.0)]

    assert found == [["a", "b"], ["b"], []]


def test_what_is_held_is_recent_however_long_it_is_held() -> None:
    assert Recall().recent("ann", [click("a")], 1e9) == ["a"]


def test_an_item_is_named_once_where_it_was_last() -> None:
    recall = Recall()
    recall.sent([click("a"), click("b")], 0.0)

    assert recall.recent("ann", [click("a")], 1.0) == ["b", "a"]


@pytest.mark.parametrize("type_", sorted(limits.NEVER_RECENT))
def test_what_does_not_speak_for_its_item_is_never_recent(type_: str) -> None:
    assert Recall().recent("ann", [click("a", type_=type_)], 0.0) == []


def test_a_session_that_is_to_be_joined_is_no_item() -> None:
    assert Recall().recent("ann", [Entry("ann", None, 0.0, "s1")], 0.0) == []


def test_of_too_many_items_the_newest_are_named() -> None:
    held = [click(f"i{n}") for n in range(limits.MAX_RECENT + 5)]

    found = Recall().recent("ann", held, 0.0)

    assert found == [f"i{n}" for n in range(5, limits.MAX_RECENT + 5)]


def test_a_query_stays_short_enough_for_the_gateway() -> None:
    held = [click(f"{n:02}" + "ü" * 100) for n in range(40)]

    found = Recall().recent("ann", held, 0.0)
    path = list_call("ann", 10, False, found).path

    assert found == [entry.event["item_id"] for entry in held if entry.event][-len(found):]
    assert 0 < len(found) < 40
    assert sum(len(f"&recent={quote(item, safe='')}") for item in found) <= limits.MAX_QUERY
    assert len(path) < limits.MAX_QUERY + 100


def test_the_last_list_that_showed_an_item_is_remembered_for_each_user() -> None:
    recall = Recall()
    recall.show("ann", "a", "first")
    recall.show("bob", "a", "his")
    recall.show("ann", "a", "second")

    assert [recall.shown("ann", "a"), recall.shown("bob", "a"), recall.shown("ann", "b")] == [
        "second", "his", None]


def test_what_was_shown_longest_ago_is_forgotten_first() -> None:
    recall = Recall()
    for n in range(MAX_SHOWN):
        recall.show("ann", str(n), "list")
    recall.show("ann", "0", "again")

    recall.show("ann", "one more", "list")

    assert [recall.shown("ann", "0"), recall.shown("ann", "1")] == ["again", None]
