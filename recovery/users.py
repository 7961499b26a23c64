"""One user's records -> the row of the table, whatever happened to the table meanwhile.

The row is the fold of everything the log holds of the user, from nothing: the updater's guard would
refuse old records after a new one. It is written over another state only where that loses nothing;
where the table knows more, the log is folded onto what stands there.
"""

from collections.abc import Sequence
from enum import StrEnum

from domain.features import EMPTY, MAX_SHARDS, UserState, fold_all
from domain.packing import PackingError, pack
from domain.record import Record
from domain.vocabulary import Vocabulary
from functions.users import StaleStateError, StoredUser, Users

MAX_TRIES = 5  # against the updater, who may be folding the same user's newest events


class Outcome(StrEnum):
    """What became of one user."""

    WRITTEN = "users written"
    UNCHANGED = "users who needed nothing"
    CONTINUED = "users of whom the table knew more than the log"
    AHEAD = "users whose newest events the log does not hold yet"
    ERASED = "users erased"


def restore(
    records: Sequence[Record], users: Users, vocabulary: Vocabulary, *, overwrite: bool = False
) -> Outcome:
    """Bring one user's row to what the log says. records: all of the log, in stream order.

    overwrite: where the table knows more than the log, believe the log.
    cost: one write where there is no row; where there is one, a read, and a write if it differs.
    """
    subject = records[0].batch.subject
    rebuilt = fold_all(EMPTY, records, vocabulary)
    seen, state, outcome = StoredUser(), rebuilt, Outcome.WRITTEN  # a lost table has no row
    for _ in range(MAX_TRIES):
        try:
            users.put(subject, state, seen)
        except StaleStateError:
            seen = _see(subject, users)
        else:
            return outcome
        if seen.erased:
            return Outcome.ERASED
        if is_ahead(seen.state, rebuilt):
            return Outcome.AHEAD
        known = overwrite or covers(rebuilt, seen.state)
        state = rebuilt if known else fold_all(seen.state, records, vocabulary)
        outcome = Outcome.WRITTEN if known else Outcome.CONTINUED
        if seen.revision and pack(state) == pack(seen.state):
            return Outcome.UNCHANGED if known else outcome
    return Outcome.AHEAD


def erase(subject: str, erased_ms: int, users: Users) -> None:
    """Bring back the mark of an erased user, with whatever came of them since."""
    if not users.is_erased(subject, consistent=True):
        users.erase(subject, erased_ms)


def is_ahead(live: UserState, rebuilt: UserState) -> bool:
    """Were records applied to the live state that the log, as it was read, does not hold?

    A shard that the rebuilt state has forgotten is older than all it remembers.
    """
    full = len(rebuilt.applied) == MAX_SHARDS
    oldest = min(rebuilt.applied.values(), default=-1) if full else -1
    return any(sequence > rebuilt.applied.get(shard, oldest)
               for shard, sequence in live.applied.items())


def covers(rebuilt: UserState, live: UserState) -> bool:
    """Does the rebuilt state know all that the live one does?

    Not where events are older than the log is kept, or where an object of the log is damaged.
    """
    counted = all(count <= rebuilt.counts.get(code, 0) for code, count in live.counts.items())
    return counted and (not live.counts or rebuilt.first_ms <= live.first_ms)


def _see(subject: str, users: Users) -> StoredUser:
    """What stands there; a state that nobody can read is worth nothing."""
    try:
        return users.get(subject, consistent=True)
    except PackingError:
        return users.look(subject)
