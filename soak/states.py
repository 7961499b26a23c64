"""User states beside those of the clean run, and beside the log, folded.

Byte for byte; where a producer sent something twice, the positions applied and the ring of event
ids may be others, and all that is told of the user must be the same.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

from domain.features import EMPTY, Interaction, UserState, fold, fold_all, interaction
from domain.packing import pack
from domain.record import Record
from functions.users import StoredUser
from soak.case import LOG, USERS, Case

MAX_BRANCHES = 6  # parked records of one user whose every part is tried


def problems(case: Case) -> Iterator[str]:
    """Every counterexample among user states."""
    for subject, clean in case.clean.users.items():
        live = case.found.users[subject]
        if live.erased or clean.erased:
            yield from _of_erased(subject, live, clean)
            continue
        yield from _of_user(case, subject, live.state, clean.state)
        yield from _of_log(case, subject, live.state)


def _of_erased(subject: str, live: StoredUser, clean: StoredUser) -> Iterator[str]:
    if not (live.erased and clean.erased and live.state == EMPTY):
        yield f"state of {subject}, who was erased: {live}"


def _of_user(case: Case, subject: str, live: UserState, clean: UserState) -> Iterator[str]:
    records, parked = case.taken.of_user(subject), case.parked(USERS)
    doubtful = [record for record in records if record.position in parked]
    is_late = any(record.position in case.late(USERS) for record in records)
    if len(doubtful) > MAX_BRANCHES:
        right = _is_between(case, live, records)
    elif doubtful:
        right = any(pack(state) == pack(live) for state in _branches(case, records))
    elif is_late and subject in case.taken.resent:
        right = _told_again(live, clean, [interaction(event, case.vocabulary)
                                          for record in records for event in record.batch.events])
    elif is_late:
        right = _told_late(live, clean)
    elif subject in case.taken.resent:
        right = _told(live) == _told(clean)
    else:
        right = pack(live) == pack(clean)
    if not right:
        yield f"state of {subject}, {len(doubtful)} records parked: {live} not {clean}"


def _of_log(case: Case, subject: str, live: UserState) -> Iterator[str]:
    missing = case.parked(USERS).keys() | case.parked(LOG).keys() | case.late(USERS)
    records = [Record(position, batches[0]) for position, batches in case.found.log.items()
               if batches[0].subject == subject]
    if missing & {record.position for record in case.taken.of_user(subject)}:
        return
    records.sort(key=lambda record: (record.position.sequence, record.position.shard_id))
    state = fold_all(EMPTY, records, case.vocabulary)
    if pack(state) != pack(live):
        yield f"replay of the log of {subject}: {state} not {live}"


def _branches(case: Case, records: list[Record]) -> list[UserState]:
    """Folds of all that was not parked, with every part of what was."""
    parked, states = case.parked(USERS), [EMPTY]
    for record in records:
        ways = (True, False) if record.position in parked else (True,)
        states = [fold(state, record, case.vocabulary) if applied else state
                  for state, applied in product(states, ways)]
    return states


def _is_between(case: Case, live: UserState, records: list[Record]) -> bool:
    parked = case.parked(USERS)
    certain = [record for record in records if record.position not in parked]
    least, most = (fold_all(EMPTY, part, case.vocabulary).counts for part in (certain, records))
    return all(least.get(code, 0) <= live.counts.get(code, 0) <= most.get(code, 0)
               for code in most.keys() | live.counts.keys())


def _told_late(live: UserState, clean: UserState) -> bool:
    """What may have been counted before is not counted again.

    That is what is older than a full history, or is in all that a history keeps like another event.
    """
    if sum(clean.counts.values()) == len(clean.history):
        return _told(live) == _told(clean)
    return live.history == clean.history and live.last_ms == clean.last_ms and all(
        live.counts.get(code, 0) <= count for code, count in clean.counts.items())


def _told_again(live: UserState, clean: UserState, sent: list[Interaction]) -> bool:
    """A copy that comes by hand is known only while the ring of event ids knows its original."""
    counts = Counter(entry.type for entry in sent)
    return len(live.history) >= len(clean.history) and set(live.history) <= set(sent) and all(
        count <= counts[code] for code, count in live.counts.items())


def _told(state: UserState) -> tuple[Any, ...]:
    return state.history, state.counts, state.first_ms, state.last_ms
