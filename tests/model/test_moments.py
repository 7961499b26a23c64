"""Moments of a log: what was known, what came, and that the one does not hang on the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import MAX_HISTORY, Interaction
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from model.histories import Histories, History
from model.moments import HORIZON_MS, Moment, Tally, moments
from model.split import Case
from tests.model.scene import CLICK, history, index_of

WORDS = Vocabulary()
steps = st.lists(st.tuples(st.integers(0, 3 * HORIZON_MS), st.integers(1, 5)), min_size=1,
                 max_size=12).map(lambda made: history(*sorted(made)))


def asked(mine: dict[str, History], from_ms: int, until_ms: int, most: int = 99) -> list[Moment]:
    return moments(Histories.of(mine), from_ms, until_ms, most, seed=1)


def test_a_moment_holds_what_was_older_and_what_came_within_the_horizon() -> None:
    mine = history((1, 1), (5, 2), (5, 3), (5 + HORIZON_MS - 1, 4), (5 + HORIZON_MS, 5))

    found = asked({"ann": mine}, 0, 5 + HORIZON_MS + 1)

    assert found == [(Case(mine[:1], mine[1], "ann"), mine[1:4])]


def test_nobody_is_asked_about_whom_nothing_is_known() -> None:
    assert asked({"ann": history((5, 1)), "bob": history((5, 1))}, 0, 9 * HORIZON_MS) == []


def test_a_moment_whose_horizon_is_not_over_is_left_out() -> None:
    assert asked({"ann": history((1, 1), (5, 2))}, 0, 5 + HORIZON_MS - 1) == []


def test_a_moment_holds_no_more_than_live_state_does() -> None:
    mine = history(*((n, 1 + n % 5) for n in range(MAX_HISTORY + 9)))

    found = asked({"ann": mine}, 0, 9 * HORIZON_MS, most=200)

    assert max(len(one.case.history) for one in found) == MAX_HISTORY


def test_moments_of_all_users_are_in_order_of_time_and_so_is_a_sample() -> None:
    many = {str(user): history((user, 1), (100 - user, 2), (200 + user, 3)) for user in range(20)}

    found, some = (asked(many, 0, 9 * HORIZON_MS, most) for most in (99, 7))

    times = [one.case.target.at_ms for one in found]
    assert times == sorted(times)
    assert (len(found), len(some)) == (40, 7)
    assert [one for one in found if one in some] == some


@given(steps, steps, st.integers(0, 3 * HORIZON_MS))
def test_what_comes_later_changes_nothing_of_what_was_known(
    mine: History, other: History, at_ms: int
) -> None:
    past = tuple(entry for entry in mine if entry.at_ms < at_ms)
    later = tuple(entry._replace(at_ms=at_ms + 1 + entry.at_ms) for entry in other)

    before, after = (asked({"ann": past + history((at_ms, 1)) + more}, at_ms, 99 * HORIZON_MS)
                     for more in ((), later))

    known, still_known = ([one.case.history for one in found if one.case.target.at_ms == at_ms]
                          for found in (before, after))
    assert known == still_known == ([past] if past else [])


@given(steps, st.lists(st.integers(0, 3 * HORIZON_MS), min_size=1, max_size=5))
def test_a_tally_is_what_every_earlier_event_adds_up_to(mine: History, asked: list[int]) -> None:
    tally = Tally(Histories.of({"ann": mine}), index_of(5), WORDS)
    rows = np.arange(6)

    for at_ms in sorted(asked):
        found = tally.at(at_ms, rows)

        wanted = np.zeros((6, len(HALF_LIVES_MS)))
        for entry in mine:
            if entry.at_ms < at_ms:
                wanted[entry.item] += [2.0 ** (-(at_ms - entry.at_ms) / half_ms)
                                       for half_ms in HALF_LIVES_MS.values()]
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-6)


def test_a_tally_stays_true_over_years() -> None:
    year_ms = 365 * 24 * 3_600_000
    mine = history((0, 1), (3 * year_ms, 1))
    tally = Tally(Histories.of({"ann": mine}), index_of(1), WORDS)
    tally.at(1, slice(None))

    found = tally.at(3 * year_ms + 1, slice(None))

    assert found[1] == pytest.approx(1.0, rel=1e-3)
    assert np.isfinite(found).all()


def test_what_is_disliked_counts_against_an_item() -> None:
    dislike = WORDS.by_name["dislike"]
    tally = Tally(Histories.of({
        "ann": (Interaction(0, 1, dislike.code), Interaction(0, 2, CLICK))}), index_of(2), WORDS)

    assert tally.at(1, np.array([1, 2]))[:, 0] == pytest.approx([dislike.weight, 1.0])


def test_time_only_moves_on() -> None:
    tally = Tally(Histories.of({"ann": history((1, 1), (5, 1))}), index_of(1), WORDS)
    tally.at(9, slice(None))

    with pytest.raises(AssertionError):
        tally.at(3, slice(None))
