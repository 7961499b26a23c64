"""What arrived, by user, whatever lies in memory or on disk and in how many parts."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import Interaction
from domain.record import Position
from model.arrivals import MAX_PARTS, PART_BYTES, Arrival, Arrivals, Parts

names = st.sampled_from(["ann", "bob", "cé", "~s1", "~s2", "~s3"])
entries = st.lists(st.builds(Interaction, st.integers(0, 2**42), st.integers(0, 2**64 - 1),
                             st.integers(0, 255), st.none() | st.sampled_from([0.0, -1.5, 4.0])),
                   min_size=1, max_size=4)
records = st.lists(st.tuples(names, st.integers(0, 10**60 - 1), entries), max_size=12)
joins = st.lists(st.tuples(st.sampled_from(["~s1", "~s2"]), st.sampled_from(["ann", "bob"])),
                 max_size=3)


def arrived(
    log_bytes: int, found: list[tuple[str, int, list[Interaction]]], joined: list[tuple[str, str]]
) -> dict[str, dict[str, Arrivals]]:
    whole: dict[str, dict[str, Arrivals]] = {}
    with Parts(log_bytes) as parts:
        for session, user in joined:
            parts.join(session, user)
        for subject, sequence, said in found:
            parts.add(subject, Position("shard-0", sequence), Arrival(range(len(said)), said))
        for part in parts.users():
            assert not whole.keys() & part.keys()
            whole |= {user: dict(subjects) for user, subjects in part.items()}
    return whole


def plain(whole: dict[str, dict[str, Arrivals]]) -> object:
    return {user: {subject: {position: (list(arrival.tags), list(arrival.entries))
                             for position, arrival in arrivals.items()}
                   for subject, arrivals in subjects.items()} for user, subjects in whole.items()}


@pytest.mark.parametrize("log_bytes", [0, 7 * PART_BYTES])
@given(found=records, joined=joins)
def test_everything_comes_back_with_whom_it_belongs_to(
    log_bytes: int, found: list[tuple[str, int, list[Interaction]]], joined: list[tuple[str, str]]
) -> None:
    expected: dict[str, dict[str, Arrivals]] = defaultdict(lambda: defaultdict(dict))
    for subject, sequence, said in found:
        expected[dict(joined).get(subject, subject)][subject][Position("shard-0", sequence)] = (
            Arrival(range(len(said)), said))

    assert plain(arrived(log_bytes, found, joined)) == plain(expected)


def test_there_are_no_more_parts_than_files_that_may_be_open() -> None:
    with Parts(10**15) as parts:
        assert len(list(parts.users())) == MAX_PARTS
