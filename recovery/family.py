"""A user and the sessions that were joined to them: their states, as the updater leaves them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from domain.erasure import Forgotten
from domain.features import EMPTY, UserState, fold, fold_all, join, joined
from domain.record import Record
from domain.vocabulary import Vocabulary


class Family(NamedTuple):
    """Everything that the log tells of one user, in stream order.

    sessions: those whose joins are older than what is to be forgotten, and stay.
    since_ms: of user and sessions, see `StoredUser`.
    """

    user: str
    records: Sequence[Record]
    sessions: frozenset[str]
    since_ms: Mapping[str, int]

    @classmethod
    def of(cls, records: Sequence[Record], forgotten: Forgotten) -> Self:
        """The family of these records, without those that are to be forgotten."""
        user = next((r.batch.subject for r in records if r.batch.joins), records[0].batch.subject)
        told = [r for r in records if not (r.batch.joins and forgotten.leaves_out(r.batch))]
        members = {user, *(who for r in records for who in (r.batch.subject, r.batch.joins) if who)}
        since_ms = {who: forgotten.until_ms(who) for who in members}
        return cls(user, told, frozenset(), since_ms)._without(since_ms)

    def after(self, since_ms: int) -> Self:
        """What is left once the user is known to have been forgotten at some time."""
        return self._without({who: max(ms, since_ms) for who, ms in self.since_ms.items()})

    def fold(self, vocabulary: Vocabulary) -> dict[str, UserState]:
        """The state of the user, and what is left of each session's."""
        states, sessions = dict.fromkeys((self.user, *self.sessions), EMPTY), set(self.sessions)
        for record in self.records:
            subject, session = record.batch.subject, record.batch.joins
            states[subject] = fold(states.get(subject, EMPTY), record, vocabulary)
            if session:
                sessions.add(session)
            mine = session or subject
            if mine in sessions:
                own = states.get(mine, EMPTY)
                states[self.user], states[mine] = join(states[self.user], own), joined(own)
        return {who: states[who] for who in (self.user, *sorted(sessions))}

    def fold_onto(self, state: UserState, vocabulary: Vocabulary) -> UserState:
        """A state of the user that knows more than the log, with what the log adds to it."""
        own = [record for record in self.records if record.batch.subject == self.user]
        return fold_all(state, own, vocabulary)

    def _without(self, since_ms: Mapping[str, int]) -> Self:
        """A join that is older ties its session all the same, and was applied to no state."""
        kept = [r for r in self.records if r.batch.received_ms > since_ms[r.batch.subject]]
        older = {r.batch.joins for r in self.records
                 if r.batch.joins and r.batch.received_ms <= since_ms[r.batch.subject]}
        return self._replace(records=kept, sessions=self.sessions | older, since_ms=since_ms)
