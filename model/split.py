"""Histories -> what is learned, what is tuned on, and what is tested once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from domain.features import MAX_HISTORY, Interaction
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.dataset import Dataset, DatasetError, History, liked

MIN_EVENTS = 3  # leave-one-out needs a history, a validation and a test event


class Case(NamedTuple):
    """A question with a known answer: after this history of a user, what came next?"""

    history: History
    target: Interaction
    user: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """train: histories; validation and test: cases later than what was learned.

    before_test: the histories up to the test, which what merely counts may count.
    """

    train: list[History]
    before_test: list[History]
    validation: list[Case]
    test: list[Case]

    def asking(self, vocabulary: Vocabulary) -> "Split":
        """The split without cases whose answer was disliked."""
        validation, test = ([case for case in cases if liked(case.target, vocabulary)]
                            for cases in (self.validation, self.test))
        return replace(self, validation=validation, test=test)


def cut(dataset: Dataset, config: TrainConfig, as_papers_do: bool = False) -> Split:
    """The dataset, cut in time or as papers do, and asked for nothing that was disliked.

    raises: DatasetError, when there is too little to learn from, to tune on and to test on.
    """
    split = (leave_one_out(dataset.histories) if as_papers_do else
             by_time(dataset.histories, config.validation_share, config.test_share)
             ).asking(dataset.vocabulary)
    if not (split.train and split.validation and split.test):
        raise DatasetError("too few events to learn from, to tune on and to test on")
    return split


def by_time(histories: Mapping[str, History], validation_share: float, test_share: float) -> Split:
    """Cut everybody at the same two moments, as life does: the model never sees what follows.

    Every later event is a case whose history is what the live state would hold the moment before
    it, without what happened at the very same time; new users count from their second event on.
    Repeats are no cases: seen items are left out.
    """
    times = np.sort(np.fromiter((e.at_ms for h in histories.values() for e in h), np.int64))
    tune_ms, test_ms = (
        int(times[min(len(times) - 1, int(len(times) * share))])
        for share in (1 - validation_share - test_share, 1 - test_share)
    )
    return Split(_before(histories, tune_ms), _before(histories, test_ms),
                 _cases(histories, tune_ms, test_ms), _cases(histories, test_ms, None))


def leave_one_out(histories: Mapping[str, History]) -> Split:
    """Each user's last event is the test and the one before it validation, as papers do."""
    usable = {user: h for user, h in histories.items() if len(h) >= MIN_EVENTS}
    return Split(
        [h[:-2] for h in usable.values()], [h[:-1] for h in usable.values()],
        [case for user, h in usable.items() for case in _case(user, h, len(h) - 2)],
        [case for user, h in usable.items() for case in _case(user, h, len(h) - 1)],
    )


def sample(cases: list[Case], most: int, seed: int) -> list[Case]:
    """At most so many cases, drawn evenly, in their order."""
    if len(cases) <= most:
        return cases
    chosen = np.random.default_rng(seed).choice(len(cases), most, replace=False)
    return [cases[i] for i in np.sort(chosen)]


def of_whole_users(cases: list[Case], most: int, seed: int) -> list[Case]:
    """All cases of users drawn evenly, of as many as have at most so many; of one user at least."""
    if len(cases) <= most:
        return cases
    counts = Counter(case.user for case in cases)
    users = np.random.default_rng(seed).permutation(sorted(counts))
    fitting = np.cumsum([counts[user] for user in users]) <= most
    drawn = set(users[:max(1, int(fitting.sum()))])
    return [case for case in cases if case.user in drawn]


def _before(histories: Mapping[str, History], until_ms: int) -> list[History]:
    cut = (tuple(e for e in history if e.at_ms < until_ms) for history in histories.values())
    return [history for history in cut if history]


def _cases(histories: Mapping[str, History], from_ms: int, until_ms: int | None) -> list[Case]:
    return [
        case
        for user, history in histories.items()
        for place, entry in enumerate(history)
        if from_ms <= entry.at_ms and (until_ms is None or entry.at_ms < until_ms)
        for case in _case(user, history, place, entry.at_ms)
    ]


def _case(
    user: str, history: History, place: int, before_ms: int | None = None
) -> list[Case]:
    """The event as a case, or none; `before_ms` leaves out of its history what is not older."""
    earlier = history[max(0, place - MAX_HISTORY):place]
    known = tuple(e for e in earlier if before_ms is None or e.at_ms < before_ms)
    new = bool(known) and history[place].item not in {entry.item for entry in earlier}
    return [Case(known, history[place], user)] if new else []
