"""One user's records -> the row of the table, whatever happened to the table meanwhile.

The row is the fold of everything the log holds of the user, from nothing: the updater's guard would
refuse old records after a new one. It is written over another state only where that loses nothing;
where the table knows more, the log is folded onto what stands there.
"""

from collections.abc import Callable, Sequence, Set
from enum import StrEnum

from domain.features import EMPTY, MAX_HISTORY, Interaction, UserState, interaction
from domain.packing import pack
from domain.record import Record
from domain.vocabulary import Vocabulary
from functions.sessions import JoinedError, Sessions
from functions.transaction import StaleStateError
from functions.users import Change, ErasedError, StoredUser, Users
from recovery.family import Family
from recovery.row import forget_until, read_row

MAX_TRIES = 5  # against the updater, who may be folding the same user's newest events


class Outcome(StrEnum):
    """What became of one user."""

    WRITTEN = "users written"
    UNCHANGED = "users who needed nothing"
    CONTINUED = "users of whom the table knew more than the log"
    AHEAD = "users whose newest events the log does not hold yet"
    CUT = "users cut back to the log, which never held their newest events"
    ERASED = "users erased"


def restore(
    family: Family, users: Users, sessions: Sessions, vocabulary: Vocabulary,
    tell: Callable[[str], object], *, overwrite: bool = False, is_last: bool = False,
) -> Outcome:
    """Bring one user's row, and those of their sessions, to what the log says.

    tell: of a session that cannot be brought back.
    overwrite: where the table knows more than the log, believe the log.
    is_last: nothing more of the log is waited for.
    cost: one write where there is no row; where there is one, a read, and a write if it differs;
    for each session a read and two writes.
    raises: ErasedError, when the user was erased meanwhile.
    """
    states = family.fold(vocabulary)
    rebuilt = states.pop(family.user)
    if not all(_restore_session(session, left, family, users, sessions, tell)
               for session, left in states.items()):
        return Outcome.AHEAD
    return _restore_user(family, rebuilt, users, vocabulary, overwrite, is_last)


def _restore_user(
    family: Family, rebuilt: UserState, users: Users, vocabulary: Vocabulary,
    overwrite: bool, is_last: bool,
) -> Outcome:
    since_ms = family.since_ms[family.user]
    # A lost table has no row.
    seen, state, outcome = StoredUser(since_ms=since_ms), rebuilt, Outcome.WRITTEN
    for _ in range(MAX_TRIES):
        try:
            users.put(Change(family.user, state, seen))
        except StaleStateError:
            row = read_row(family.user, users)
        else:
            return outcome
        if row.erased:
            return Outcome.ERASED
        if row.since_ms > since_ms:  # forgotten since the marks were read
            left = family.after(row.since_ms)
            return _restore_user(left, left.fold(vocabulary)[left.user], users, vocabulary,
                                 overwrite, is_last)
        seen = forget_until(row, since_ms)
        told = told_by(family.records, vocabulary)
        outcome = _judge(seen.state, rebuilt, told, overwrite, is_last)
        if outcome == Outcome.AHEAD:
            return outcome
        state = (family.fold_onto(seen.state, vocabulary) if outcome == Outcome.CONTINUED
                 else rebuilt)
        if row.revision and seen is row and pack(state) == pack(row.state):
            return Outcome.UNCHANGED if outcome == Outcome.WRITTEN else outcome
    return Outcome.AHEAD


def _restore_session(
    session: str, left: UserState, family: Family, users: Users, sessions: Sessions,
    tell: Callable[[str], object],
) -> bool:
    """Its row says whose it is; what it did since is left to the updater. False = not yet.

    One that is erased has no row, and one that is another user's stays theirs.
    """
    since_ms = family.since_ms[session]
    for _ in range(MAX_TRIES):
        try:
            sessions.join(session, family.user)
            row = read_row(session, users)
            seen = forget_until(row, since_ms)
            state = left if seen.state == EMPTY and row.since_ms <= since_ms else seen.state
            if (state, seen.since_ms) != (row.state, row.since_ms):
                users.put(Change(session, state, seen))
        except StaleStateError:
            continue
        except JoinedError:
            found = users.look(session)
            if not found.erased:  # as its own row said before version 0.2
                tell(f"a session of {family.user}: in the table it is a session of {found.owner}")
        except ErasedError:
            if not users.is_erased(session, consistent=True):
                raise
        return True
    return False


def _judge(
    live: UserState, rebuilt: UserState, told: Set[Interaction], overwrite: bool, is_last: bool
) -> Outcome:
    """What is to become of a live state: written over, continued, or left for a later round."""
    if is_ahead(live, rebuilt):
        return Outcome.CUT if overwrite and is_last else Outcome.AHEAD
    return Outcome.WRITTEN if overwrite or covers(rebuilt, live, told) else Outcome.CONTINUED


def is_ahead(live: UserState, rebuilt: UserState) -> bool:
    """Was a record applied to the live state that is newer than all that was read of the log?

    Across shards: the sequence numbers of one partition key, which is the user, grow when the
    stream is resharded, and a shard that the log no longer knows is older than those it does.
    source: AWS, "Kinesis Data Streams terminology" (sequence number)
    """
    return max(live.applied.values(), default=-1) > max(rebuilt.applied.values(), default=-1)


def covers(rebuilt: UserState, live: UserState, told: Set[Interaction]) -> bool:
    """Does the rebuilt state know all that the live one does? told: `told_by` the same log.

    Not where events are older than the log is kept, or where an object of the log is damaged.
    """
    counted = all(count <= rebuilt.counts.get(code, 0) for code, count in live.counts.items())
    reaches = not live.counts or rebuilt.first_ms <= live.first_ms
    full = len(rebuilt.history) == MAX_HISTORY  # and has no room for what is older
    return counted and reaches and all(
        entry in told or (full and entry[:3] < rebuilt.history[0][:3]) for entry in live.history)


def told_by(records: Sequence[Record], vocabulary: Vocabulary) -> Set[Interaction]:
    """Every event of the log as a history keeps it, those too that were sent again.

    A state begun anew did not see the first sending: what it keeps is the second, with its time.
    """
    return {interaction(event, vocabulary) for record in records for event in record.batch.events}
