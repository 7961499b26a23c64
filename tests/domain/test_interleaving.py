"""Two rankings in one list: of both nothing is skipped, and chance prefers neither."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.interleaving import Credit, credit, interleave, preference
from domain.teams import NEITHER, A, B, Slot

rankings = st.lists(st.integers(0, 15), max_size=10, unique=True)


@given(rankings, rankings, st.integers(0, 20), st.text(max_size=4))
def test_every_beginning_of_the_list_is_made_of_beginnings_of_both(
    a: list[int], b: list[int], k: int, seed: str
) -> None:
    slots = interleave(a, b, k, seed)

    keys = [slot.key for slot in slots]
    assert len(keys) == len(set(keys)) == min(k, len({*a, *b}))
    owned = [slot for slot in slots if slot.team]
    assert [slot.team for slot in slots[len(owned):]] == [NEITHER] * (len(slots) - len(owned))
    for end in range(len(owned) + 1):
        shown = set(keys[:end])
        assert any(shown == {*a[:i], *b[:j]}
                   for i in range(len(a) + 1) for j in range(len(b) + 1))


@given(rankings, rankings, st.integers(0, 20), st.text(max_size=4))
def test_teams_pick_as_many_and_each_its_own(
    a: list[int], b: list[int], k: int, seed: str
) -> None:
    slots = interleave(a, b, k, seed)

    picks = Counter(slot.team for slot in slots)
    assert abs(picks[A] - picks[B]) <= 1
    assert all(slot.key in {A: a, B: b}[slot.team] for slot in slots if slot.team)


@pytest.mark.parametrize(("a", "b"), [
    ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]), ([1, 2, 3, 4], [5, 6, 7, 8]),
    ([1, 2, 3, 4], [4, 3, 2, 1]), ([1, 2], [1, 2, 3, 4, 5]), ([1], [1, 2, 3]),
])
def test_at_every_place_either_owns_the_item_as_often(a: list[int], b: list[int]) -> None:
    lists, owned = 3_000, Counter[tuple[int, str]]()

    for n in range(lists):
        owned.update((place, slot.team)
                     for place, slot in enumerate(interleave(a, b, 5, f"list-{n}")))

    for place in range(5):  # so clicks at random, of whatever places, prefer neither
        of_a, of_b = owned[place, A], owned[place, B]
        assert abs(of_a - of_b) <= 4 * lists**0.5


def test_the_same_seed_makes_the_same_list() -> None:
    made = [interleave(range(20), range(20, 40), 20, seed) for seed in ("x", "x", "y")]

    assert made[0] == made[1] != made[2]


def test_clicks_are_credited_to_whose_pick_it_was() -> None:
    slots = [Slot(1, A), Slot(2, B), Slot(3, B), Slot(4, A), Slot(5, NEITHER)]

    found = credit("ann", slots, {2, 3, 4, 5, 9})

    assert found == Credit("ann", 1, 2)
    assert [Credit("", a, b).score for a, b in ((2, 1), (1, 2), (1, 1), (0, 0))] == [1, 0, .5, .5]


def test_random_clicks_prefer_neither_and_better_picks_are_preferred() -> None:
    draw = np.random.default_rng(2)
    a, b = list(range(10)), list(range(20, 30))

    def lists(liking: float) -> list[Credit]:
        made = []
        for n in range(1_000):
            slots = interleave(a, b, 10, f"list-{n}")
            clicked = {slot.key for slot in slots
                       if draw.random() < 0.1 * (liking if slot.key < 20 else 1)}
            made.append(credit(f"user-{n % 500}", slots, clicked))
        return made

    same, better = preference(lists(1.0)), preference(lists(1.5))

    assert same.interval is not None
    assert better.interval is not None
    assert better.one_look is not None
    assert same.p is not None
    assert better.p is not None
    assert better.p < 0.05 < same.p
    assert same.interval[0] < 0 < same.interval[1]
    assert 0 < better.interval[0] < better.one_look[0] < better.value < better.one_look[1]
    assert better.wins > better.losses
    assert better.wins + better.losses + better.ties == 1_000
    assert better.users == 500


def test_a_user_counts_once() -> None:
    found = preference([Credit("ann", 1, 0)] * 9 + [Credit("bob", 0, 1)])

    assert found == (0.0, None, None, None, 2, 9, 1, 0)


def test_without_lists_nothing_is_preferred() -> None:
    assert preference([]) == (0.0, None, None, None, 0, 0, 0, 0)
