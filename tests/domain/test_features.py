"""The fold: a retry, a late event or a second copy changes nothing that it should not."""

import math
from collections import Counter
from itertools import accumulate, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import Event
from domain.features import (
    EMPTY,
    HALF_MAX,
    MAX_EVENT_IDS,
    MAX_HISTORY,
    MAX_SHARDS,
    Interaction,
    fold,
    fold_all,
    fold_late,
    interaction,
    join,
    joined,
    merge,
    with_recent,
)
from domain.key import item_key, shard_hash
from tests.domain.strategies import (
    NOW_MS,
    VOCABULARY,
    Batches,
    click,
    crowded_batches,
    crowded_events,
    events,
    folded,
    record,
    stream,
)

histories = st.lists(st.builds(
    Interaction, at_ms=st.integers(0, 9), item=st.integers(0, 2), type=st.integers(1, 2),
    value=st.none() | st.sampled_from([0.0, 1.0])), max_size=8)
limits = st.none() | st.integers(1, 5)


def test_a_first_event_makes_a_state() -> None:
    state = fold(EMPTY, record(7, click("i1", NOW_MS, value=3)), VOCABULARY)

    assert state.history == (Interaction(NOW_MS, item_key("i1"), 2, 3.0),)
    assert state.counts == {2: 1}
    assert (state.first_ms, state.last_ms) == (NOW_MS, NOW_MS)
    assert len(state.event_ids) == 1
    assert list(state.applied.values()) == [7]


def test_a_late_event_lands_in_time_order() -> None:
    state = folded([[click("b", NOW_MS)], [click("c", NOW_MS + 5), click("a", NOW_MS - 5)]])

    assert [entry.item for entry in state.history] == [item_key(i) for i in "abc"]
    assert (state.first_ms, state.last_ms) == (NOW_MS - 5, NOW_MS + 5)


@given(crowded_batches)
def test_a_record_folded_twice_is_folded_once(batches: Batches) -> None:
    state = EMPTY
    for found in stream(batches):
        once = fold(state, found, VOCABULARY)

        state = fold(once, found, VOCABULARY)

        assert state is once


@given(crowded_batches, st.data())
def test_redelivery_of_any_records_already_applied_changes_nothing(
    batches: Batches, data: st.DataObject
) -> None:
    records = stream(batches)
    state = fold_all(EMPTY, records, VOCABULARY)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(records))] * 2)))

    again = fold_all(state, records[start:end], VOCABULARY)

    assert again is state


@given(crowded_batches, st.data())
def test_a_retry_from_any_record_on_ends_in_the_same_state(
    batches: Batches, data: st.DataObject
) -> None:
    records = stream(batches)
    reached, back = sorted(data.draw(st.tuples(*[st.integers(0, len(records))] * 2)),
                           reverse=True)
    half_way = fold_all(EMPTY, records[:reached], VOCABULARY)

    state = fold_all(half_way, records[back:], VOCABULARY)

    assert state == fold_all(EMPTY, records, VOCABULARY)


@given(st.lists(crowded_events, max_size=12), st.lists(st.integers(1, 5), min_size=1))
def test_any_split_of_the_same_events_into_records_gives_the_same_features(
    arrived: list[Event], sizes: list[int]
) -> None:
    bounds = [b for b in accumulate(sizes, initial=0) if b < len(arrived)] + [len(arrived)]

    state = folded([arrived[a:b] for a, b in pairwise(bounds)])

    whole = folded([arrived])
    assert state.history == whole.history
    assert (state.counts, state.event_ids) == (whole.counts, whole.event_ids)
    assert (state.first_ms, state.last_ms) == (whole.first_ms, whole.last_ms)


@given(crowded_batches.flatmap(lambda b: st.tuples(st.just(b), st.permutations(b))))
def test_shuffled_arrival_gives_the_same_features(both: tuple[Batches, Batches]) -> None:
    told, shuffled = (folded(batches) for batches in both)

    assert shuffled.history == told.history
    assert shuffled.counts == told.counts
    assert set(shuffled.event_ids) == set(told.event_ids)
    assert (shuffled.first_ms, shuffled.last_ms) == (told.first_ms, told.last_ms)


@given(st.lists(crowded_events, max_size=MAX_EVENT_IDS))
def test_a_producers_second_copies_are_counted_once(arrived: list[Event]) -> None:
    state = folded([arrived, arrived, arrived[::-1]])

    kinds = Counter(e.type for e in {e.event_id: e for e in arrived}.values())
    assert state.counts == {VOCABULARY.by_name[name].code: n for name, n in kinds.items()}


def test_a_copy_is_known_by_its_id_whatever_else_it_says() -> None:
    state = folded([[click("a", NOW_MS, "e1")], [click("a", NOW_MS + 9, "e1")]])

    assert len(state.history) == 1


def test_an_id_is_forgotten_after_many_others_and_its_copy_still_makes_no_history() -> None:
    arrived = [click(f"i{n}") for n in range(MAX_EVENT_IDS + 1)]

    state = folded([arrived, arrived[:1]])

    assert state.counts == {2: MAX_EVENT_IDS + 2}  # the one count that is wrong
    assert len(state.history) == MAX_EVENT_IDS + 1


@given(st.integers(0, 40), st.randoms())
def test_the_history_keeps_the_newest_whatever_the_order_of_arrival(
    over: int, random: Random
) -> None:
    arrived = [click(f"i{n}", NOW_MS + n) for n in range(MAX_HISTORY + over)]
    random.shuffle(arrived)

    state = folded([arrived[n:n + 25] for n in range(0, len(arrived), 25)])

    assert [entry.at_ms for entry in state.history] == [
        NOW_MS + n for n in range(over, MAX_HISTORY + over)]
    assert state.counts == {2: MAX_HISTORY + over}
    assert (state.first_ms, len(state.event_ids)) == (NOW_MS, MAX_EVENT_IDS)


def test_each_shard_has_its_own_place_and_the_newest_shards_are_kept() -> None:
    moves = [record(10 + n, click(f"i{n}"), shard_id=f"shard-{n}") for n in range(MAX_SHARDS + 1)]
    state = fold_all(EMPTY, moves, VOCABULARY)

    back = fold(state, record(9, click("late"), shard_id="shard-1"), VOCABULARY)

    assert set(state.applied) == {shard_hash(f"shard-{n}") for n in range(1, MAX_SHARDS + 1)}
    assert back is state


def test_the_shard_whose_position_is_oldest_is_forgotten_first() -> None:
    order = [14, 10, 13, 12, 11]
    moves = [record(sequence, shard_id=f"shard-{sequence}") for sequence in order]

    state = fold_all(EMPTY, moves, VOCABULARY)

    assert sorted(state.applied.values()) == [11, 12, 13, 14]


def test_a_record_without_events_moves_only_the_position() -> None:
    state = fold(EMPTY, record(7), VOCABULARY)

    assert (state.history, state.counts, state.first_ms, state.last_ms) == ((), {}, 0, 0)
    assert list(state.applied.values()) == [7]


@given(events)
def test_a_value_is_kept_at_the_precision_of_state(event: Event) -> None:
    value = interaction(event, VOCABULARY).value

    assert (value is None) == (event.value is None)
    if value is not None and event.value is not None:
        bounded = max(-HALF_MAX, min(HALF_MAX, event.value))
        assert math.isclose(value, bounded, rel_tol=2**-10, abs_tol=2**-24)


def test_a_zero_has_one_spelling_so_that_equal_states_have_equal_bytes() -> None:
    entry = interaction(click("i1", value=-0.0), VOCABULARY)

    assert str(entry.value) == "0.0"


def test_a_type_that_is_no_longer_declared_stays_in_history_without_meaning() -> None:
    entry = interaction(click("i1", kind="teleport"), VOCABULARY)

    assert entry.type == 0


@given(histories, histories, histories, limits)
def test_merging_histories_has_no_order(
    a: list[Interaction], b: list[Interaction], c: list[Interaction], limit: int | None
) -> None:
    ab = merge(a, b, limit)

    assert ab == merge(b, a, limit)
    assert merge(ab, c, limit) == merge(a, merge(b, c, limit), limit)
    assert merge(ab, ab, limit) == ab


@given(histories, histories, limits)
def test_merging_keeps_the_newest_of_each_place_once(
    a: list[Interaction], b: list[Interaction], limit: int | None
) -> None:
    merged = merge(a, b, limit)

    places = sorted({entry[:3] for entry in a + b})
    assert [entry[:3] for entry in merged] == (places[-limit:] if limit else places)
    assert set(merged) <= {*a, *b}


def test_of_two_values_for_one_event_the_larger_stays() -> None:
    low, high, none = (Interaction(1, 1, 5, value) for value in (-1.0, 2.0, None))

    assert merge([none, low], [high]) == (high,)
    assert merge([none], [low]) == (low,)


@pytest.mark.parametrize("recent", [[], ["a"], ["a", "b", "c"], ["a", "a"]])
def test_recent_events_stand_last_in_the_order_in_which_they_are_named(recent: list[str]) -> None:
    state = folded([[click("old", NOW_MS - 60_000)]])

    ahead = with_recent(state, recent, 2, NOW_MS)

    assert [e.item for e in ahead.history] == [item_key(i) for i in ["old", *recent]]
    assert [e.at_ms for e in ahead.history[1:]] == [
        NOW_MS - n for n in reversed(range(len(recent)))]
    assert {e.type for e in ahead.history} == {2}
    assert (ahead.counts, ahead.applied) == (state.counts, state.applied)


@given(crowded_batches, crowded_batches)
def test_a_joined_session_is_as_if_the_user_had_done_all_of_it(
    mine: Batches, theirs: Batches
) -> None:
    mine, theirs = ([[e._replace(event_id=f"{who}-{e.event_id}") for e in batch] for batch in some]
                    for who, some in (("user", mine), ("session", theirs)))
    user, session = folded(mine), folded(theirs)

    both = join(user, session)

    told = folded(mine + theirs)
    assert both.history == told.history
    assert both.counts == told.counts
    assert (both.first_ms, both.last_ms) == (told.first_ms, told.last_ms)
    assert both.applied == user.applied


def test_joining_twice_changes_nothing_and_the_session_still_knows_its_records() -> None:
    sent = record(7, click("a"), subject="~s")
    session = fold(EMPTY, sent, VOCABULARY)
    user = join(EMPTY, session)

    left = joined(session)

    assert join(user, left) is user
    assert fold(left, sent, VOCABULARY) is left


def test_after_a_join_the_last_batch_of_both_is_known_when_it_comes_again() -> None:
    mine, theirs = ([click(f"{who}{n}") for n in range(60)] for who in ("u", "s"))
    user = join(folded([mine]), folded([theirs]))

    again = fold_all(user, [record(99, *mine[-25:]), record(100, *theirs[-25:])], VOCABULARY)

    assert again.counts == user.counts == {2: 120}


@given(crowded_batches, st.data())
def test_a_record_that_comes_late_is_counted_as_if_it_had_come_in_time(
    batches: Batches, data: st.DataObject
) -> None:
    batches = [[e._replace(event_id=f"{n}-{m}", at_ms=e.at_ms + 200 * n + 30 * m)
                for m, e in enumerate(batch)] for n, batch in enumerate(batches)]
    records = stream(batches)
    lost = data.draw(st.sets(st.sampled_from(range(len(records) or 1))))
    state = fold_all(EMPTY, [r for n, r in enumerate(records) if n not in lost], VOCABULARY)

    for late in records * 2:  # whoever repeats parked records does not know which were applied
        state = fold_late(state, late, VOCABULARY)

    whole = fold_all(EMPTY, records, VOCABULARY)
    assert (state.history, state.counts) == (whole.history, whole.counts)
    assert (state.first_ms, state.last_ms) == (whole.first_ms, whole.last_ms)
    assert max(state.applied.values(), default=0) == max(whole.applied.values(), default=0)


@given(crowded_batches, st.integers(0, 5), st.data())
def test_a_sessions_record_that_comes_late_counts_once_with_its_user(
    batches: Batches, own: int, data: st.DataObject
) -> None:
    batches = [[e._replace(event_id=f"{n}-{m}", at_ms=e.at_ms + 200 * n + 30 * m)
                for m, e in enumerate(batch)] for n, batch in enumerate(batches)]
    records = stream(batches)
    until = data.draw(st.integers(0, len(records)))
    session = fold_all(EMPTY, records[:until], VOCABULARY)
    user = join(folded([[click(f"own-{n}") for n in range(own)]]), session)
    user, left = (state._replace(event_ids=()) for state in (user, joined(session)))  # long ago

    for late in records * 2:
        state = fold_late(left, late, VOCABULARY, user)
        if state.counts:
            user, left = join(user, state), joined(state)

    assert sum(user.counts.values()) == own + sum(map(len, batches))


def test_what_is_older_than_a_full_history_is_not_counted_a_second_time() -> None:
    old = record(1, click("old", NOW_MS - 60_000))
    rest = [record(n + 2, click(f"i{n}", NOW_MS + n)) for n in range(MAX_HISTORY)]
    state = fold_all(EMPTY, [old, *rest], VOCABULARY)

    assert fold_late(state, old, VOCABULARY) is state
