"""What a user likes, derived from a history and the catalogue."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import Interaction
from domain.profile import MOST, affinities
from tests.domain.strategies import NOW_MS, VOCABULARY

CATALOGUE: dict[int, dict[str, Any]] = {
    1: {"item_id": "1", "categories": ["drama"], "tags": ["90s"]},
    2: {"item_id": "2", "categories": ["comedy"]},
    3: {"item_id": "3", "tags": ["90s", "drama"], "categories": ["drama"]},
    4: {"item_id": "4"},
}
histories = st.lists(st.builds(
    Interaction, at_ms=st.integers(0, NOW_MS + 10**6), item=st.integers(0, 5),
    type=st.sampled_from([0, 1, 2, 5, 7, 8]), value=st.none() | st.floats(0, 5)), max_size=9)


def test_a_label_weighs_what_was_done_and_how_long_ago() -> None:
    month_ms = 30 * 24 * 3_600_000
    history = [Interaction(NOW_MS - month_ms, 2, 2), Interaction(NOW_MS, 1, 2)]

    found = affinities(history, CATALOGUE.get, VOCABULARY, NOW_MS)

    assert found == {"90s": 0.3333, "comedy": 0.3333, "drama": 0.3333}


def test_the_strongest_comes_first_and_a_dislike_is_negative() -> None:
    history = [Interaction(NOW_MS, 1, 2), Interaction(NOW_MS, 2, 7)]

    found = affinities(history, CATALOGUE.get, VOCABULARY, NOW_MS)

    assert list(found.items()) == [("comedy", -0.6667), ("90s", 0.1667), ("drama", 0.1667)]


def test_a_label_named_twice_by_one_item_counts_once() -> None:
    found = affinities([Interaction(NOW_MS, 3, 2)], CATALOGUE.get, VOCABULARY, NOW_MS)

    assert found == {"90s": 0.5, "drama": 0.5}


@given(histories)
def test_affinities_are_shares_of_the_catalogues_labels(history: list[Interaction]) -> None:
    found = affinities(history, CATALOGUE.get, VOCABULARY, NOW_MS)

    assert found.keys() <= {"drama", "comedy", "90s"}
    assert sum(map(abs, found.values())) <= 1.001
    assert [abs(v) for v in found.values()] == sorted(map(abs, found.values()), reverse=True)


def test_only_so_many_are_named() -> None:
    labelled = {n: {"tags": [f"tag {n:02}"]} for n in range(MOST + 5)}
    history = [Interaction(NOW_MS, n, 2) for n in labelled]

    found = affinities(history, labelled.get, VOCABULARY, NOW_MS)

    assert list(found) == [f"tag {n:02}" for n in range(MOST)]


@pytest.mark.parametrize("history", [
    [], [Interaction(NOW_MS, 99, 2)], [Interaction(NOW_MS, 4, 2)], [Interaction(NOW_MS, 1, 8)],
    [Interaction(NOW_MS, 1, 5, 2.5)],
])
def test_where_nothing_was_said_there_is_no_affinity(history: list[Interaction]) -> None:
    assert affinities(history, CATALOGUE.get, VOCABULARY, NOW_MS) == {}
