"""User states as bytes: round trips, damage, and what one write unit holds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import MAX_TIME_MS, Event
from domain.features import EMPTY, HALF_MAX, Interaction, UserState, fold_all
from domain.key import event_hash, item_key
from domain.packing import SEQUENCE_BYTES, PackingError, pack, unpack
from domain.record import SEQUENCE_DIGITS
from tests.domain.strategies import NOW_MS, VOCABULARY, click, crowded_batches, record, stream

WRITE_UNIT_BYTES = 1024  # source: AWS, "DynamoDB throughput capacity"
keys = st.integers(0, 2**64 - 1)
codes = st.integers(0, 255)
times_ms = st.integers(0, MAX_TIME_MS)
halves = st.none() | st.floats(-HALF_MAX, HALF_MAX, width=16)
states = st.builds(
    UserState,
    history=st.lists(st.builds(Interaction, times_ms, keys, codes, halves), max_size=5).map(tuple),
    counts=st.dictionaries(codes, st.integers(1, 2**32 - 1), max_size=4),
    first_ms=times_ms, last_ms=times_ms,
    event_ids=st.lists(st.integers(0, 2**32 - 1), max_size=5).map(tuple),
    applied=st.dictionaries(keys, st.integers(0, 10**SEQUENCE_DIGITS - 1), max_size=4),
)


@given(states)
def test_a_state_survives_its_bytes(state: UserState) -> None:
    assert unpack(pack(state)) == state


@given(crowded_batches)
def test_a_state_may_be_stored_between_any_two_records(batches: list[list[Event]]) -> None:
    records = stream(batches)
    state = EMPTY
    for found in records:
        state = unpack(pack(fold_all(state, [found], VOCABULARY)))

    assert state == fold_all(EMPTY, records, VOCABULARY)


@given(states)
def test_equal_states_have_equal_bytes(state: UserState) -> None:
    backwards = UserState(
        state.history, dict(reversed(state.counts.items())), state.first_ms, state.last_ms,
        state.event_ids, dict(reversed(state.applied.items())))

    assert backwards == state
    assert pack(backwards) == pack(state)


def test_no_bytes_are_the_empty_state() -> None:
    assert unpack(b"") is EMPTY
    assert unpack(pack(EMPTY)) == EMPTY


def test_a_count_stops_at_the_largest_it_can_hold() -> None:
    assert unpack(pack(UserState(counts={2: 2**40}))).counts == {2: 2**32 - 1}


def test_every_sequence_number_of_a_record_fits() -> None:
    assert 10**SEQUENCE_DIGITS < 2 ** (8 * SEQUENCE_BYTES)


@given(st.binary(min_size=1))
def test_no_bytes_raise_anything_but_a_packing_error(data: bytes) -> None:
    with pytest.raises(PackingError):
        unpack(data)


@given(states, st.data())
def test_a_cut_or_longer_state_is_refused(state: UserState, data: st.DataObject) -> None:
    packed = pack(state)
    cut = data.draw(st.integers(1, len(packed) - 1))

    for damaged in (packed[:cut], packed + b"\0"):
        with pytest.raises(PackingError, match=r"damaged|its header says"):
            unpack(damaged)


@given(states, st.data())
def test_a_changed_state_is_refused_or_can_be_packed_again(
    state: UserState, data: st.DataObject
) -> None:
    packed = bytearray(pack(state))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))

    try:
        read = unpack(bytes(packed))
    except PackingError:
        return

    assert pack(fold_all(read, [record(1, click("i1"))], VOCABULARY))


def test_a_later_version_is_refused_by_name() -> None:
    with pytest.raises(PackingError, match="version 2 is not known here"):
        unpack(b"\x02" + pack(EMPTY)[1:])


def test_forty_interactions_of_four_types_fit_one_write_unit_with_a_uuid_for_the_user() -> None:
    kinds = ["view", "click", "add_to_cart", "purchase"]
    arrived = [click(f"i{n}", NOW_MS + n, kind=kinds[n % 4]) for n in range(40)]
    again = [click(f"i{n}", NOW_MS + n, f"other id {n}", kind=kinds[n % 4]) for n in range(40)]
    item = {"subject": b"0" * 36, "part": b"state", "revision": b"1" * 4}  # as it is stored

    packed = pack(fold_all(EMPTY, stream([arrived, again]), VOCABULARY))

    assert len(unpack(packed).history) == 40
    assert len(unpack(packed).event_ids) == 50
    assert len(packed) == 951
    rest = len("state") + sum(len(name) + len(value) for name, value in item.items())
    assert len(packed) + rest <= WRITE_UNIT_BYTES


def test_a_state_that_version_0_1_wrote_is_read_and_has_the_same_bytes() -> None:
    data = (Path(__file__).parent / "fixtures" / "state-1.bin").read_bytes()

    state = unpack(data)

    assert state.history == (
        Interaction(1_750_000_000_000, item_key("lamp"), 1, None),
        Interaction(1_750_000_001_000, item_key("lamp"), 2, None),
        Interaction(1_750_000_061_000, item_key("🚲 rad/日本"), 4, 12.5),
        Interaction(1_750_000_064_000, item_key("chair"), 8, None))
    assert state.counts == {1: 1, 2: 1, 4: 1, 8: 1}
    assert state.event_ids == tuple(event_hash(f"ann-{n}") for n in (1, 2, 3, 4))
    assert list(state.applied.values()) == [2**185 + 2]
    assert (state.first_ms, state.last_ms) == (1_750_000_000_000, 1_750_000_064_000)
    assert pack(state) == data
