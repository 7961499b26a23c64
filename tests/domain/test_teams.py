"""The id of a list tells whose pick each of its items is, and of which experiment it is."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import EVENT_SCHEMA
from domain.key import item_key
from domain.teams import MAX_PLACES, NEITHER, PATTERN, A, B, Slot, tail, teams

ID = "0123456789abcdef" * 2
slots = st.lists(st.builds(Slot, st.integers(0, 2**64 - 1), st.sampled_from([A, B, NEITHER])),
                 max_size=MAX_PLACES, unique_by=lambda slot: slot.key)


@given(slots, st.uuids())
def test_every_item_s_team_comes_back(drafted: list[Slot], name: object) -> None:
    list_id = str(name).replace("-", "")

    told = tail(list_id, "duel", drafted)

    known = teams(list_id + told, "duel")
    assert known is not None
    assert known.list_id == list_id
    assert [known.of(slot.key) for slot in drafted] == [slot.team for slot in drafted]


def test_an_event_may_carry_it() -> None:
    told = tail(ID, "duel", [])

    assert len(ID + told) <= EVENT_SCHEMA["properties"]["recommendation_id"]["maxLength"]
    assert re.search(PATTERN, ID + told)
    assert re.search(PATTERN, ID)


@pytest.mark.parametrize("other", ["", ID, "list-1", f"{ID}.{'0' * 31}", f"{ID}.{'f' * 31}",
                                   f"{ID}.{'g' * 31}", "spelled otherwise"])
def test_what_is_of_no_such_list_tells_nothing(other: str) -> None:
    assert teams(other, "duel") is None


def test_an_experiment_knows_its_lists_alone() -> None:
    told = tail(ID, "duel", [Slot(1, A)])

    assert teams(ID + told, "duel") is not None
    assert teams(ID + told, "another") is None
    assert teams("f" + ID[1:] + told, "duel") is None


def test_items_that_were_not_on_the_list_prefer_neither() -> None:
    draw = random.Random(3)
    told = tail(ID, "duel", [Slot(item_key(str(n)), draw.choice([A, B])) for n in range(10)])
    known = teams(f"{ID}{told}", "duel")
    assert known is not None

    taken = [known.of(draw.getrandbits(64)) for _ in range(4_000)]

    assert taken.count(A) / 4_000 == pytest.approx(0.25, abs=0.03)
    assert taken.count(B) / 4_000 == pytest.approx(0.25, abs=0.03)


def test_what_no_bits_tell_gives_way_to_what_was_told_before() -> None:
    known = teams(ID + tail(ID, "duel", [Slot(1, A), Slot(1, B), Slot(2, B)]), "duel")

    assert known is not None
    assert (known.of(1), known.of(2)) == (A, B)
