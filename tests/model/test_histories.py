"""Histories as columns, beside histories as they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import Interaction
from domain.vocabulary import Vocabulary
from model.histories import Columns, Histories, History, strengths_of

VOCABULARY = Vocabulary()
entries = st.builds(Interaction, st.integers(0, 50), st.integers(1, 2**64 - 1),
                    st.sampled_from(sorted(VOCABULARY.by_code)),
                    st.none() | st.sampled_from([0.0, -2.0, 0.5, 4.5, 65504.0]))
walks = st.lists(entries, min_size=1, max_size=9).map(
    lambda found: tuple(sorted(found, key=lambda entry: entry.at_ms)))
users = st.dictionaries(st.text("aé~😀", min_size=1, max_size=3), walks, min_size=1, max_size=6)


@given(users)
def test_a_history_is_what_it_was(found: dict[str, History]) -> None:
    packed = Histories.of(found)

    assert {packed.name(user): history for user, history in enumerate(packed)} == found
    assert len(packed) == len(found)
    assert packed.events == sum(map(len, found.values()))
    assert packed.until_ms == max(walk[-1].at_ms for walk in found.values())


@given(users, st.integers(0, 51))
def test_before_a_moment_is_what_was_done_until_then(
    found: dict[str, History], until_ms: int
) -> None:
    earlier = Histories.of(found).before(until_ms)

    cut = {user: tuple(e for e in walk if e.at_ms < until_ms) for user, walk in found.items()}
    assert {earlier.name(user): history for user, history in enumerate(earlier)} == {
        user: walk for user, walk in cut.items() if walk}


@given(users, st.integers(1, 12))
def test_blocks_are_whole_users_in_their_order(found: dict[str, History], most: int) -> None:
    packed = Histories.of(found)

    blocks = list(packed.blocks(most))

    told = [entry for block in blocks for entry in block.columns.entries(0, len(block.owner))]
    assert told == [entry for walk in found.values() for entry in walk]
    owners = np.concatenate([block.owner for block in blocks]).tolist()
    assert owners == [user for user, walk in enumerate(found.values()) for _ in walk]
    for block in blocks:
        assert np.array_equal(block.owner[block.first], block.owner)
        assert len(block.owner) <= most or len(set(block.owner.tolist())) == 1


@given(users)
def test_what_is_left_out_is_not_counted(found: dict[str, History]) -> None:
    packed = Histories.of(found)
    shorter = packed.ending(packed.ends - 1)

    keys, times = shorter.counts()

    items = [entry.item for walk in found.values() for entry in walk[:-1]]
    assert dict(zip(keys.tolist(), times.tolist(), strict=True)) == {
        item: items.count(item) for item in items}
    assert sum(block.columns.at_ms.size for block in shorter.blocks(2)) == len(items)


@given(walks)
def test_what_an_event_says_is_told_by_its_kind(walk: History) -> None:
    kinds = Columns.of(walk).kinds()

    assert strengths_of(kinds, VOCABULARY).tolist() == [
        VOCABULARY.strength(entry.type, entry.value) for entry in walk]


def test_an_event_takes_19_bytes() -> None:
    columns = Columns.empty(100)

    assert sum(part.nbytes for part in columns) == 1900


def test_nobody_is_no_history() -> None:
    assert list(Histories.of({})) == []
    assert list(Histories.of({}).blocks()) == []


def test_who_is_not_there_is_not_answered() -> None:
    with pytest.raises(IndexError):
        Histories.of({})[0]
