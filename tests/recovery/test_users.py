"""What a user's row becomes: the same bytes as live, whoever wrote what in what order."""

import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.erasure import Act, Forgotten, Mark
from domain.features import EMPTY, MAX_HISTORY, MAX_SHARDS, UserState, fold, fold_all
from domain.key import shard_hash, subject_hash
from domain.packing import pack
from domain.record import Record
from functions.shelf import Listed
from functions.users import ErasedError, StoredUser
from recovery.family import Family
from recovery.scratch import PARTS, Scratch
from recovery.stack import Adapters
from recovery.users import Outcome, covers, is_ahead, restore, told_by
from tests.domain.strategies import click, crowded_batches, record
from tests.functions.stage import NOW_MS, VOCABULARY, Stage
from tests.functions.stage import record as clicked

SUBJECTS = ("ann", "bob", "~session")
USER = "user-1"
LOG = [clicked(n, USER, f"item-{n}") for n in range(6)]


@st.composite
def streams(draw: st.DrawFn, subjects: Sequence[str] = SUBJECTS) -> list[Record]:
    """Records of a few users; the stream is resharded now and then, and each time all move."""
    shard, made = 0, []
    for sequence, events in enumerate(draw(crowded_batches)):
        shard += draw(st.sampled_from([0, 0, 0, 1]))
        made.append(record(sequence, *events, subject=draw(st.sampled_from(subjects)),
                           shard_id=f"shard-{shard}"))
    return made


@st.composite
def deliveries(draw: st.DrawFn, found: list[Record]) -> list[list[Record]]:
    """The stream as an updater gets it: batches, some of them again with other bounds."""
    batches, at = [], 0
    while at < len(found):
        end = draw(st.integers(at + 1, len(found)))
        batches.append(found[at:end])
        at = end - draw(st.integers(0, 1)) * draw(st.integers(0, end - at - 1))
    return batches


def put_back(records: Sequence[Record], given: Adapters, **asked: bool) -> Outcome:
    return bring_back(Family.of(records, Forgotten.of(())), given, **asked)


def bring_back(family: Family, given: Adapters, **asked: bool) -> Outcome:
    problems: list[str] = []
    outcome = restore(family, given.users, given.sessions, VOCABULARY, problems.append, **asked)
    assert problems == []
    return outcome


def live(batches: list[list[Record]]) -> dict[str, bytes]:
    states: dict[str, UserState] = {}
    for found in chain.from_iterable(batches):
        subject = found.batch.subject
        states[subject] = fold(states.get(subject, EMPTY), found, VOCABULARY)
    return {subject: pack(state) for subject, state in states.items()}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_states_folded_from_the_log_are_the_live_ones_byte_for_byte(data: st.DataObject) -> None:
    found = data.draw(streams())
    delivered = data.draw(deliveries(found))
    objects = data.draw(deliveries(found).flatmap(st.permutations))  # listed by shard, not by time

    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder) / "log.sqlite")
        for number, records in enumerate(objects):
            scratch.keep(Listed(f"{number}", "", 0, 0), records)
        rebuilt = {records[0].batch.subject: pack(fold_all(EMPTY, records, VOCABULARY))
                   for part in range(PARTS) for records in scratch.users(part)}
        scratch.close()

    assert rebuilt == live(delivered)


@settings(max_examples=300, deadline=None)
@given(streams(("ann",)), st.data())
def test_a_state_begun_anew_is_written_over_only_by_a_log_that_knows_all_of_it(
    found: list[Record], data: st.DataObject
) -> None:
    begun = data.draw(st.integers(0, len(found)))
    dropped = data.draw(st.integers(0, len(found)))  # the last of these is no record
    log = found[:dropped] + found[dropped + 1:]
    anew, rebuilt = (fold_all(EMPTY, records, VOCABULARY) for records in (found[begun:], log))
    told = told_by(log, VOCABULARY)

    assert is_ahead(anew, rebuilt) == (begun <= dropped == len(found) - 1)
    if dropped < begun or dropped == len(found):
        assert covers(rebuilt, anew, told)
    elif set(anew.history) - told:
        assert not covers(rebuilt, anew, told)


def test_a_shard_that_left_the_log_is_not_ahead() -> None:
    moved = [record(n, shard_id=f"shard-{n // 2}") for n in range(2 * MAX_SHARDS + 4)]
    rebuilt = fold_all(EMPTY, moved[-2:], VOCABULARY)

    assert not any(is_ahead(fold_all(EMPTY, moved[:n], VOCABULARY), rebuilt)
                   for n in range(len(moved) + 1))
    assert is_ahead(UserState(applied={shard_hash("shard-9"): 99}), rebuilt)


def test_an_event_for_which_a_full_history_has_no_room_is_not_asked_for() -> None:
    events = [click(f"item-{n}", NOW_MS + n) for n in range(MAX_HISTORY + 1)]
    log = [record(n, event) for n, event in enumerate(events)]
    rebuilt = fold_all(EMPTY, log, VOCABULARY)

    def covered(at_ms: int) -> bool:
        live = fold_all(EMPTY, [record(99, click("lost", at_ms))], VOCABULARY)
        return covers(rebuilt, live, told_by(log, VOCABULARY))

    assert covered(NOW_MS)
    assert not covered(NOW_MS + 2)


def test_where_no_row_is_one_is_written(stage: Stage, opened: Adapters) -> None:
    outcome = put_back(LOG, opened)

    assert outcome == Outcome.WRITTEN
    assert stage.state(USER) == fold_all(EMPTY, LOG, VOCABULARY)
    assert put_back(LOG, opened) == Outcome.UNCHANGED
    assert opened.users.get(USER).revision == 1


def test_a_state_that_was_begun_anew_is_written_over(stage: Stage, opened: Adapters) -> None:
    stage.deliver("update_user_features", LOG[4:])

    outcome = put_back(LOG, opened)

    assert outcome == Outcome.WRITTEN
    assert stage.state(USER) == fold_all(EMPTY, LOG, VOCABULARY)


def test_nothing_is_written_over_events_that_the_log_does_not_hold_yet(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[4:])

    outcome = put_back(LOG[:5], opened)

    assert outcome == Outcome.AHEAD
    assert stage.state(USER) == fold_all(EMPTY, LOG[4:], VOCABULARY)


def test_a_state_that_knows_more_than_the_log_goes_on_from_what_it_knows(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[:4])  # restored as of then, say

    outcome = put_back(LOG[2:], opened)  # and the log begins after it

    assert outcome == Outcome.CONTINUED
    assert stage.state(USER) == fold_all(EMPTY, LOG, VOCABULARY)
    assert put_back(LOG[2:], opened) == Outcome.CONTINUED
    assert opened.users.get(USER).revision == 2


def test_what_was_parked_is_applied_to_a_state_that_remembers_a_shard_the_log_has_left(
    stage: Stage, opened: Adapters
) -> None:
    old = [clicked(n, USER, f"item-{n}", shard_id="shardId-000000000001") for n in range(2)]
    stage.deliver("update_user_features", [*old, *LOG[2:4]])

    outcome = put_back(LOG[2:], opened)

    assert outcome == Outcome.CONTINUED
    assert stage.state(USER) == fold_all(EMPTY, [*old, *LOG[2:]], VOCABULARY)


def test_an_event_that_the_log_lacks_among_more_that_it_has_is_not_written_over(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[2:4])
    whole_but_one = [*LOG[:2], *LOG[3:]]

    outcome = put_back(whole_but_one, opened)

    assert outcome == Outcome.CONTINUED
    assert stage.state(USER) == fold_all(EMPTY, LOG[2:], VOCABULARY)


def test_a_retry_with_another_time_keeps_nobody_from_their_past(
    stage: Stage, opened: Adapters
) -> None:
    event = LOG[5].batch.events[0]._replace(event_id=LOG[1].batch.events[0].event_id)
    retry = LOG[5]._replace(batch=LOG[5].batch._replace(events=(event,)))
    stage.deliver("update_user_features", [retry])

    outcome = put_back([*LOG[:5], retry], opened)

    assert outcome == Outcome.WRITTEN
    assert stage.state(USER) == fold_all(EMPTY, [*LOG[:5], retry], VOCABULARY)


def test_the_log_is_believed_where_that_is_asked_for(stage: Stage, opened: Adapters) -> None:
    stage.deliver("update_user_features", LOG[:4])

    outcome = put_back(LOG[2:], opened, overwrite=True)

    assert outcome == Outcome.WRITTEN
    assert stage.state(USER) == fold_all(EMPTY, LOG[2:], VOCABULARY)


def test_of_newer_events_the_log_is_believed_in_the_end_alone(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG)

    before = put_back(LOG[:5], opened, overwrite=True)
    unasked = put_back(LOG[:5], opened, is_last=True)
    in_the_end = put_back(LOG[:5], opened, overwrite=True, is_last=True)

    assert (before, unasked, in_the_end) == (Outcome.AHEAD, Outcome.AHEAD, Outcome.CUT)
    assert stage.state(USER) == fold_all(EMPTY, LOG[:5], VOCABULARY)


def test_who_was_cut_back_to_the_log_has_all_again_once_the_log_has_it(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[:5])
    put_back(LOG[:3], opened, overwrite=True, is_last=True)
    stage.deliver("update_user_features", LOG[5:])

    assert put_back(LOG, opened) == Outcome.WRITTEN

    assert stage.state(USER) == fold_all(EMPTY, LOG, VOCABULARY)


def test_a_state_that_nobody_can_read_is_written_over(stage: Stage, opened: Adapters) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": USER}, "part": {"S": "state"}, "state": {"B": b"\x09damaged"},
        "revision": {"N": "4"}})

    outcome = put_back(LOG, opened)

    assert outcome == Outcome.WRITTEN
    assert opened.users.get(USER) == StoredUser(fold_all(EMPTY, LOG, VOCABULARY), 5)


def test_of_an_erased_user_nothing_is_written(stage: Stage, opened: Adapters) -> None:
    stage.users().erase(USER, NOW_MS)

    with pytest.raises(ErasedError):
        put_back(LOG, opened)

    assert opened.users.get(USER) == StoredUser()


def test_an_erasure_of_before_version_0_2_is_heeded(stage: Stage, opened: Adapters) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": USER}, "part": {"S": "state"}, "erased_ms": {"N": "5"},
        "revision": {"N": "4"}})

    assert put_back(LOG, opened) == Outcome.ERASED

    assert opened.users.get(USER) == StoredUser(EMPTY, 4, True)


def test_what_was_forgotten_stays_so(stage: Stage, opened: Adapters) -> None:
    at_ms = LOG[3].batch.received_ms
    forgotten = Forgotten.of([Mark(subject_hash(USER), at_ms, Act.FORGOTTEN)])

    bring_back(Family.of(LOG, forgotten), opened)

    assert opened.users.get(USER) == StoredUser(
        fold_all(EMPTY, LOG[4:], VOCABULARY), 1, since_ms=at_ms)


def test_what_a_backup_knows_of_before_a_forgetting_is_not_continued(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[:3])
    at_ms = LOG[3].batch.received_ms
    forgotten = Forgotten.of([Mark(subject_hash(USER), at_ms, Act.FORGOTTEN)])

    outcome = bring_back(Family.of(LOG[4:], forgotten), opened)

    assert outcome == Outcome.WRITTEN
    assert opened.users.get(USER) == StoredUser(
        fold_all(EMPTY, LOG[4:], VOCABULARY), 2, since_ms=at_ms)


def test_a_row_that_says_nothing_of_a_forgetting_is_told_of_it_though_its_state_is_right(
    stage: Stage, opened: Adapters
) -> None:
    stage.deliver("update_user_features", LOG[4:])
    at_ms = LOG[3].batch.received_ms
    forgotten = Forgotten.of([Mark(subject_hash(USER), at_ms, Act.FORGOTTEN)])

    outcomes = [bring_back(Family.of(LOG, forgotten), opened) for _ in range(2)]

    assert outcomes == [Outcome.WRITTEN, Outcome.UNCHANGED]
    assert opened.users.get(USER) == StoredUser(
        fold_all(EMPTY, LOG[4:], VOCABULARY), 2, since_ms=at_ms)


def test_what_is_forgotten_after_the_marks_were_read_is_not_brought_back(
    stage: Stage, opened: Adapters
) -> None:
    at_ms = LOG[3].batch.received_ms
    opened.users.forget(USER, at_ms)

    outcome = put_back(LOG, opened)

    assert outcome == Outcome.WRITTEN
    assert opened.users.get(USER) == StoredUser(
        fold_all(EMPTY, LOG[4:], VOCABULARY), 2, since_ms=at_ms)


class Eager:
    """A client before which the updater always writes first."""

    def __init__(self, stage: Stage) -> None:
        self._client, self._stage = stage.client("dynamodb"), stage
        self._rest = iter(LOG)

    def __getattr__(self, name: str) -> object:
        if name in ("put_item", "transact_write_items") and (found := next(self._rest, None)):
            self._stage.deliver("update_user_features", [found])
        return getattr(self._client, name)


def test_a_user_whom_the_updater_keeps_writing_is_taken_up_later(
    stage: Stage, opened: Adapters
) -> None:
    outcome = put_back(LOG, opened._replace(users=stage.users(Eager(stage))))

    assert outcome == Outcome.AHEAD
