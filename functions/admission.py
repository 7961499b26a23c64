"""A batch -> the stream, as its owner's and unless that one is erased; a session -> its user."""


from domain.event import SESSION_MARK, Batch
from domain.record import Position
from functions.sessions import Sessions
from functions.stream import Stream
from functions.users import ErasedError, Users


def admit(batch: Batch, stream: Stream, users: Users, sessions: Sessions) -> tuple[Batch, Position]:
    """Put a batch on the stream; as it was put there, and where it lies.

    What an anonymous session does after it was joined to a user is that user's.
    raises: ErasedError; a `WorldError`, when it is not known to be taken.
    """
    if batch.subject.startswith(SESSION_MARK):
        batch = batch._replace(subject=sessions.owner(batch.subject) or batch.subject)
    if users.is_erased(batch.subject):
        raise ErasedError("this user was erased; events are refused")
    return batch, stream.put(batch)


def join(
    session: str, user_id: str, received_ms: int, request_id: str | None, stream: Stream,
    sessions: Sessions,
) -> None:
    """Make a session a user's for good; lists know its history when it was folded.

    The join is on the stream as well, in its place among the user's records: so a replay of the log
    joins them too. raises: JoinedError, ErasedError, StaleStateError, a `WorldError`.
    """
    sessions.join(session, user_id)
    stream.put(Batch(user_id, received_ms, (), joins=session, request_id=request_id))
