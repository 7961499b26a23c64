"""What calls are like on each side of a rollout, as one copy counts them between two tellings."""

from collections.abc import Callable
from typing import NamedTuple

from domain.calls import FAILED, Both, Counts
from domain.harm import harm
from domain.rollout import Rollout

TELL_S = 5.0  # between two tellings of a copy: one write, by the request that finds it is time


class Told(NamedTuple):
    """What there is to be told of one rollout."""

    rollout: Rollout
    seen: Both


class Made(NamedTuple):
    """What one list was like. any: was one made at all?"""

    any: bool = False
    fallback: bool = False
    empty: bool = False
    clicked: bool = False


class Sides:
    """One call at a time: which side it is on, and how it ended.

    clock: seconds, of which only the differences say something.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._told_s = clock, -TELL_S
        self._waiting: Told | None = None
        self._harmed: Rollout | None = None
        self._rollout: Rollout | None = None
        self.begin()

    def begin(self) -> None:
        """A call came, and nobody knows yet for whom."""
        self._began_s, self._list = self._clock(), Made()
        self.stand(None, "", is_new=False)

    def stand(self, rollout: Rollout | None, subject: str, *, is_new: bool) -> None:
        """The call is for somebody who sees the candidate (is_new), or the model before."""
        self._rollout, self._subject, self._is_new = rollout, subject, is_new

    @property
    def rollout(self) -> Rollout | None:
        """Of the call, None where none is on, or it is nobody's."""
        return self._rollout

    def made(self, made: Made) -> None:
        """A list of the call; one that makes several is what the worst of them is."""
        self._list = Made(*map(max, self._list, made))

    def end(self, *, failed: bool) -> None:
        """The call was answered, or it broke. One that made no list counts for nothing."""
        took_ms = self.spent_s * 1000
        if failed:
            self._add(FAILED)
        elif self._list.any:
            self._add(Counts.of_list(self._subject, took_ms, fallback=self._list.fallback,
                                     empty=self._list.empty, clicked=self._list.clicked))

    def broken(self, rollout: Rollout) -> None:
        """This copy cannot open the candidate."""
        self._keep(Told(rollout, Both(FAILED)))

    def beside(self, rollout: Rollout, seen: Both) -> None:
        """Of one call: what was shown, and what the candidate made in its shadow."""
        self._keep(Told(rollout, seen))

    @property
    def spent_s(self) -> float:
        """Of this call."""
        return self._clock() - self._began_s

    def due(self) -> Told | None:
        """What is to be told by now, which is then forgotten here."""
        if self._waiting is None or self._clock() - self._told_s < TELL_S:
            return None
        found, self._waiting, self._told_s = self._waiting, None, self._clock()
        return found

    def heard(self, told: Told) -> str:
        """What all copies told by now: why no list here is the candidate's any more, or nothing.

        It is what moves the pointer as well, at the next look of `step_rollout`; and until then
        nobody need see more of a model that does harm. cost: 0.1 ms.
        """
        if why := harm(*told.seen):
            self._harmed = told.rollout
        return why

    def is_harmed(self, rollout: Rollout) -> bool:
        """Did what was heard of a rollout at its share speak against it?"""
        return rollout == self._harmed

    def again(self, told: Told) -> None:
        """It could not be told: keep it for the next time."""
        if self._waiting is None or self._waiting.rollout == told.rollout:
            self._keep(told)

    def _add(self, call: Counts) -> None:
        if self._rollout:
            self._keep(Told(self._rollout, Both(call) if self._is_new else Both(stable=call)))

    def _keep(self, told: Told) -> None:
        waiting = self._waiting
        if waiting is None or waiting.rollout != told.rollout:  # of another share: worth nothing
            self._waiting = told
        else:
            self._waiting = Told(told.rollout, waiting.seen + told.seen)
