"""A user and the sessions that were joined to them: their states, as the updater leaves them."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from domain.erasure import Forgotten
from domain.features import EMPTY, UserState, fold, join, joined
from domain.record import Record
from domain.vocabulary import Vocabulary


class Family(NamedTuple):
    """Everything that the log tells of one user, in stream order. since_ms: see `StoredUser`."""

    user: str
    records: Sequence[Record]
    since_ms: int = -1

    @classmethod
    def of(cls, records: Sequence[Record], forgotten: Forgotten) -> Self:
        """The family of these records, without those that are to be forgotten."""
        user = next((r.batch.subject for r in records if r.batch.joins), records[0].batch.subject)
        kept = [record for record in records if not forgotten.leaves_out(record.batch)]
        return cls(user, kept, forgotten.until_ms(user))

    def fold(self, vocabulary: Vocabulary) -> dict[str, UserState]:
        """The state of the user, and what is left of each session's."""
        states, sessions = {self.user: EMPTY}, set[str]()
        for record in self.records:
            subject, session = record.batch.subject, record.batch.joins
            states[subject] = fold(states.get(subject, EMPTY), record, vocabulary)
            if session:
                sessions.add(session)
            mine = session or subject
            if mine in sessions:
                own = states.get(mine, EMPTY)
                states[self.user], states[mine] = join(states[self.user], own), joined(own)
        return states
