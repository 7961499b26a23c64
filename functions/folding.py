"""One user's records -> what is to be written: the state, and those of sessions that are theirs."""

from dataclasses import dataclass

from domain.features import EMPTY, UserState, fold, fold_late, join, joined
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
        # The same as is written then: else what was judged by it may be no longer so.
        owner = self._owner(seen.owner) if seen.owner and self.late else None
        for record in records:
            state, session = self._fold(state, record, owner), record.batch.joins
            if session and session not in sessions:
                found = self.users.get(session, consistent=True)
                if found.owner == subject and found.state.counts:
                    state, sessions[session] = join(state, found.state), found
        if seen.owner and state.counts:
            owner = owner or self._owner(seen.owner)
            return [Change(seen.owner, join(owner.state, state), owner),
                    Change(subject, joined(state), seen)]
        if state is seen.state:
            return []
        return [Change(subject, state, seen),
                *(Change(s, joined(found.state), found) for s, found in sessions.items())]

    def _owner(self, user_id: str) -> StoredUser:
        seen = self.users.get(user_id, consistent=True)
        if seen.erased:
            raise ErasedError("the session's user is erased")
        return seen

    def _fold(self, state: UserState, record: Record, owner: StoredUser | None) -> UserState:
        if not self.late:
            return fold(state, record, self.vocabulary)
        return fold_late(state, record, self.vocabulary, owner.state if owner else EMPTY)
