"""Every case stands in the segments it belongs to."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import Vocabulary
from model.report.segments import DAY_MS, MOST, buckets, groups, lengths, windows
from tests.model.report.scene import cases_of, shelf


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_windows_are_successive_and_hold_every_case_once(times: list[int]) -> None:
    found = windows(np.array(times), 0)

    assert np.sum([mask for _, mask in found], axis=0).tolist() == [1] * len(times)
    ends = [(np.array(times)[mask].min(), np.array(times)[mask].max()) for _, mask in found]
    assert all(last < first for (_, last), (first, _) in pairwise(ends))


def test_windows_are_of_as_many_cases_and_say_their_age_and_dates() -> None:
    found = windows(np.arange(8) * DAY_MS, -DAY_MS)

    assert [mask.sum() for _, mask in found] == [2, 2, 2, 2]
    assert [label for label, _ in found[:2]] == ["days 1.0 to 2.0, 1 Jan 1970 to 2 Jan 1970",
                               "days 3.0 to 4.0, 3 Jan 1970 to 4 Jan 1970"]


def test_users_are_told_apart_by_what_is_known_of_them() -> None:
    found = lengths(np.array([1, 3, 4, 30, 100]))

    assert {label: np.flatnonzero(mask).tolist() for label, mask in found} == {
        "1 to 3 events: new users": [0, 1], "4 to 10 events": [2], "11 to 30 events": [3],
        "31 to 100 events": [4]}


def test_items_are_told_apart_by_their_share_of_all_events() -> None:
    known = shelf([[]] * 6, events=[5, 30, 8, 10, 0, 7])  # of 60; cold are the first and the fifth

    found = buckets(np.array([1, 2, 3, 4, 5, 6]), known)

    assert [np.flatnonzero(mask).tolist() for _, mask in found] == [
        [1], [2, 3], [5], [0, 4]]


def test_groups_are_those_that_tell_something_apart() -> None:
    cases = cases_of(["ann", "bob", "cid"], [1, 2, 3])
    known = shelf([[1], [1, 2], []])
    attributes = {"plan": {"ann": "free", "bob": "paid"}, "country": {"ann": "pe", "bob": "pe"}}

    found = {name: {label: np.flatnonzero(mask).tolist() for label, mask in parts}
             for name, parts in groups(cases, np.array([1, 2, 3]), known, Vocabulary(), attributes,
                                       learned_ms=0)}

    assert set(found) == {"age", "history", "popularity", "category", "plan"}
    assert found["category"] == {"a": [0, 1], "b": [1]}
    assert found["plan"] == {"free": [0], "paid": [1]}


def test_a_test_of_all_times_has_no_age_and_kinds_of_events_are_told_apart() -> None:
    first, second = cases_of(["ann", "bob"])
    cases = [first, second._replace(target=second.target._replace(type=4))]

    found = dict(groups(cases, np.array([1, 1]), shelf([[], []]), Vocabulary(), {}, None))

    assert "age" not in found
    assert {label for label, _ in found["event type"]} == {"click", "purchase"}


def test_of_many_values_those_of_most_cases_are_looked_at() -> None:
    users = [f"user-{n}" for n in range(3 * MOST)]
    values = {user: f"v{n % (2 * MOST) if n > 5 else 0}" for n, user in enumerate(users)}

    found = dict(groups(cases_of(users), np.full(len(users), 1), shelf([[]]), Vocabulary(),
                        {"it": values}, None))["it"]

    assert len(found) == MOST
    assert found[0][0] == "v0"
