"""A user's row as a rebuild finds it, and as it is once they are forgotten."""


from domain.event import MAX_AHEAD_MS
from domain.features import EMPTY
from domain.packing import PackingError
from functions.users import StoredUser, Users


def read_row(subject: str, users: Users) -> StoredUser:
    """What stands there; a state that nobody can read is worth nothing."""
    try:
        return users.get(subject, consistent=True)
    except PackingError:
        return users.look(subject)


def forget_until(row: StoredUser, until_ms: int) -> StoredUser:
    """The row without what was received until then; the same object when it was forgotten before.

    A state does not tell when its events were received. It is kept if all of them are later by
    clients' clocks, which are believed up to `MAX_AHEAD_MS`; else the log tells what came since.
    """
    if row.since_ms >= until_ms:
        return row
    is_later = row.state.first_ms > until_ms + MAX_AHEAD_MS
    return row._replace(state=row.state if is_later else EMPTY, since_ms=until_ms)
