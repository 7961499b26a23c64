"""All that is held of somebody, in words."""

from domain.export import DONE, PART, folder_of, of_record, of_state, part_of, read_key
from domain.features import Interaction, UserState
from domain.key import item_key, spelled, subject_hash
from domain.layout import EXPORTS
from tests.domain.strategies import NOW_MS, VOCABULARY, click, folded, record


def test_all_of_a_state_is_told() -> None:
    state = folded([[click("lamp", kind="rate", value=4.0)], [click("sofa", NOW_MS + 1)]])

    assert of_state(state, VOCABULARY) == {
        "events": {"click": 1, "rate": 1}, "first_ms": NOW_MS, "last_ms": NOW_MS + 1,
        "history": [
            {"item_key": f"{item_key('lamp'):016x}", "type": "rate", "at_ms": NOW_MS, "value": 4.0},
            {"item_key": f"{item_key('sofa'):016x}", "type": "click", "at_ms": NOW_MS + 1,
             "value": None}]}


def test_a_type_of_the_past_is_told_by_its_code() -> None:
    state = UserState((Interaction(NOW_MS, 1, 200),), {200: 1})

    told = of_state(state, VOCABULARY)

    assert told["events"] == {"type 200": 1}
    assert told["history"][0]["type"] == "type 200"


def test_a_record_is_told_as_the_log_has_it() -> None:
    told = of_record(record(7, click("lamp", event_id="e1")))

    assert told["sequence"] == "7"
    assert told["subject"] == "ann"
    assert told["events"] == [
        {"event_id": "e1", "type": "click", "item_id": "lamp", "at_ms": NOW_MS}]


def test_a_folder_names_nobody() -> None:
    assert folder_of(subject_hash("ann")).startswith(EXPORTS)
    assert "ann" not in folder_of(subject_hash("ann"))


def test_the_key_of_an_object_says_whose_it_is() -> None:
    who = subject_hash("ann")

    assert read_key(folder_of(who) + DONE) == (spelled(who), DONE)


def test_a_part_lies_in_its_folder_under_where_the_search_was() -> None:
    key = part_of(7, "events/dt=2026-01-01/a")

    assert read_key(key) == (spelled(7), f"after_events_dt=2026-01-01_a{PART}")
