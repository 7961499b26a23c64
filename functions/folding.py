"""One user's records -> what is to be written: the state, and those of sessions that are theirs."""

from dataclasses import dataclass

from domain.features import UserState, fold, fold_late, join, joined
from domain.record import Record
from domain.vocabulary import Vocabulary
from functions.users import Change, ErasedError, StoredUser, Users


@dataclass(frozen=True, slots=True)
class Folding:
    """late: the records were given up once, and come when later ones are applied."""

    users: Users
    vocabulary: Vocabulary
    late: bool = False

    def changes(self, subject: str, seen: StoredUser, records: list[Record]) -> list[Change]:
        """Everything that these records change, to be written together.

        What a session did after it was joined is its user's, though it was sent before.
        raises: ErasedError; botocore ClientError, when another row cannot be read.
        """
        state, sessions = seen.state, dict[str, StoredUser]()
        for record in records:
            state, session = self._fold(state, record), record.batch.joins
            if session and session not in sessions:
                found = self.users.get(session, consistent=True)
                if found.owner == subject and found.state.counts:
                    state, sessions[session] = join(state, found.state), found
        if seen.owner and state.counts:
            return [self._of_owner(seen.owner, state), Change(subject, joined(state), seen)]
        if state is seen.state:
            return []
        return [Change(subject, state, seen),
                *(Change(s, joined(found.state), found) for s, found in sessions.items())]

    def _of_owner(self, owner: str, state: UserState) -> Change:
        seen = self.users.get(owner, consistent=True)
        if seen.erased:
            raise ErasedError("the session's user is erased")
        return Change(owner, join(seen.state, state), seen)

    def _fold(self, state: UserState, record: Record) -> UserState:
        return (fold_late if self.late else fold)(state, record, self.vocabulary)
