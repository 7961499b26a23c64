"""A state that is not what the events say shows, whichever way it is wrong."""

from dataclasses import replace

import pytest

from domain.features import EMPTY, MAX_HISTORY, UserState, fold_all
from domain.record import Position
from functions.users import StoredUser
from soak.case import USERS, Case
from soak.states import MAX_BRANCHES, problems
from soak.stream import Stream
from soak.taken import Taken
from tests.soak.stage import NOW_MS, VOCABULARY, batch, case, somewhere, stream

MADE = stream(batch("ada", "1", "2"), batch("b", "1"), batch("ada", "3", at_ms=NOW_MS + 9_000))


def sorts(of: Case) -> list[str]:
    return [problem.partition(",")[0] for problem in problems(of)]


def with_state(made: Stream, subject: str, state: UserState) -> Case:
    whole = case(made)
    users = {**whole.found.users, subject: StoredUser(state, 3)}
    return replace(whole, found=replace(whole.found, users=users))


def parked(of: Case, *positions: Position) -> Case:
    there = {USERS: dict.fromkeys(positions, b"")}
    return replace(of, found=replace(of.found, parked=there))


def test_the_same_states_are_no_problem() -> None:
    assert list(problems(case(MADE))) == []


@pytest.mark.parametrize("wrong", [
    {"counts": {2: 4}}, {"history": ()}, {"first_ms": 1}, {"applied": {}}, {"event_ids": (1,)}])
def test_a_state_that_differs_in_anything_is_told(wrong: dict[str, object]) -> None:
    state = case(MADE).found.users["ada"].state

    told = sorts(with_state(MADE, "ada", state._replace(**wrong)))  # type: ignore[arg-type]

    assert told[0] == "state of ada"
    assert told[1].startswith("replay of the log of ada")


def test_where_a_producer_sent_twice_guard_and_ring_may_differ_and_nothing_else() -> None:
    made = stream(batch("ada", "1", "2"), batch("ada", "2", "3"))
    whole = case(made)
    state = whole.found.users["ada"].state

    assert list(problems(whole)) == []
    assert "state of ada" in sorts(with_state(made, "ada", state._replace(counts={2: 4})))


def test_an_erased_user_is_told_of_whatever_is_left_of_them() -> None:
    whole = case(MADE)
    erased = {**whole.clean.users, "ada": StoredUser(erased=True)}
    both = replace(whole, clean=replace(whole.clean, users=erased))

    gone = replace(both, found=replace(both.found, users=erased))
    left = StoredUser(whole.found.users["ada"].state, 1, erased=True)
    stays = replace(both, found=replace(both.found, users={**erased, "ada": left}))

    assert list(problems(gone)) == []
    assert sorts(stays) == ["state of ada"]
    assert sorts(both) == ["state of ada"]


def test_a_parked_record_may_be_applied_or_not_but_nothing_else() -> None:
    taken = Taken.of(MADE)
    own, place = taken.of_user("ada"), taken.of_user("ada")[1].position
    without = fold_all(EMPTY, own[:1], VOCABULARY)

    left_out = parked(with_state(MADE, "ada", without), place)
    applied = parked(case(MADE), place)
    lost = parked(with_state(MADE, "ada", EMPTY), place)

    assert list(problems(left_out)) == []
    assert list(problems(applied)) == []
    assert sorts(lost) == ["state of ada"]


def test_of_many_parked_records_counts_are_held_between_both() -> None:
    made = stream(*(batch("ada", f"{n}") for n in range(MAX_BRANCHES + 3)))
    places = [record.position for record in Taken.of(made).records[1:]]
    state = case(made).found.users["ada"].state

    between = parked(with_state(made, "ada", state._replace(counts={2: 4})), *places)
    beyond = parked(with_state(made, "ada", state._replace(counts={2: 99})), *places)

    assert list(problems(between)) == []
    assert sorts(beyond) == ["state of ada"]


def test_a_record_that_came_late_must_be_in_history_and_counts() -> None:
    place = somewhere(Taken.of(MADE))
    whole = replace(case(MADE), replayed={USERS: {place}})
    state = whole.found.users["ada"].state._replace(applied={}, event_ids=())
    lost = replace(with_state(MADE, "ada", state._replace(counts={2: 2})),
                   replayed={USERS: {place}})

    found = replace(with_state(MADE, "ada", state), replayed={USERS: {place}})

    assert list(problems(found)) == []
    assert sorts(lost) == ["state of ada"]


def test_a_copy_that_came_late_may_be_counted_again_and_more_may_not() -> None:
    made = stream(batch("ada", "1", "2"), batch("ada", "2", "3"))
    late = {USERS: {somewhere(Taken.of(made), 1)}}
    state = case(made).found.users["ada"].state

    again = replace(with_state(made, "ada", state._replace(counts={2: 4})), replayed=late)
    more = replace(with_state(made, "ada", state._replace(counts={2: 5})), replayed=late)
    lost = replace(with_state(made, "ada", state._replace(history=state.history[1:])),
                   replayed=late)

    assert list(problems(again)) == []
    assert sorts(more) == ["state of ada"]
    assert sorts(lost) == ["state of ada"]


def test_what_is_older_than_a_full_history_may_be_counted_less_when_it_came_late() -> None:
    many = [batch("ada", *(f"{n}-{i}" for i in range(25)), at_ms=1_759_000_000_000 + n * 100_000)
            for n in range(MAX_HISTORY // 25 + 1)]
    made = stream(*many)
    place = somewhere(Taken.of(made))
    state = case(made).found.users["ada"].state

    less = replace(with_state(made, "ada", state._replace(counts={2: 100})),
                   replayed={USERS: {place}})
    more = replace(with_state(made, "ada", state._replace(counts={2: 150})),
                   replayed={USERS: {place}})

    assert len(state.history) == MAX_HISTORY
    assert list(problems(less)) == []
    assert sorts(more) == ["state of ada"]
