"""Histories -> what is learned, what is tuned on, and what is tested once."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from domain.features import MAX_HISTORY, Interaction
from domain.row import Rows
from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.dataset import Dataset, DatasetError
from model.histories import Block, Histories, History, Mask

MIN_EVENTS = 3  # leave-one-out needs a history, a validation and a test event


class Case(NamedTuple):
    """A question with a known answer: after this history of a user, what came next?"""

    history: History
    target: Interaction
    user: str = ""


@dataclass(frozen=True, slots=True)
class Cases(Sequence[Case]):
    """Questions about events of everybody's histories, each made when it is looked at.

    owners, places: (C,) int64 user, and event within the columns.
    apart: without what happened at the very same time as the answer.
    """

    histories: Histories
    owners: Rows
    places: Rows
    apart: bool

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, number: int) -> Case: ...

    @overload
    def __getitem__(self, number: slice) -> list[Case]: ...

    def __getitem__(self, number: int | slice) -> Case | list[Case]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        owner, place = int(self.owners[number]), int(self.places[number])
        first = max(int(self.histories.starts[owner]), place - MAX_HISTORY)
        *earlier, target = self.histories.columns.entries(first, place + 1)
        known = tuple(e for e in earlier if not self.apart or e.at_ms < target.at_ms)
        return Case(known, target, self.histories.name(owner))

    def times_ms(self) -> NDArray[np.int64]:
        """(C,) when the answers came."""
        return self.histories.columns.at_ms[self.places]

    def of_types(self, codes: Collection[int]) -> "Cases":
        """Those whose answer is of these event types."""
        kept = np.isin(self.histories.columns.type[self.places], sorted(codes))
        return replace(self, owners=self.owners[kept], places=self.places[kept])


@dataclass(frozen=True, slots=True)
class Split:
    """train: histories; validation and test: cases later than what was learned.

    before_test: the histories up to the test, which what merely counts may count.
    """

    train: Histories
    before_test: Histories
    validation: Sequence[Case]
    test: Sequence[Case]


def cut(dataset: Dataset, config: TrainConfig, as_papers_do: bool = False) -> Split:
    """The dataset, cut in time or as papers do, and asked for nothing that was disliked.

    raises: DatasetError, when there is too little to learn from, to tune on and to test on.
    """
    words = dataset.vocabulary
    split = (leave_one_out(dataset.histories, words) if as_papers_do else
             by_time(dataset.histories, words, config.validation_share, config.test_share))
    if not (len(split.train) and len(split.validation) and len(split.test)):
        raise DatasetError("too few events to learn from, to tune on and to test on")
    return split


def by_time(
    histories: Histories, vocabulary: Vocabulary, validation_share: float, test_share: float
) -> Split:
    """Cut everybody at the same two moments, as life does: the model never sees what follows.

    Every later event is a case whose history is what the live state would hold the moment before
    it, without what happened at the very same time; new users count from their second event on.
    Repeats are no cases: seen items are left out. Nor is what was disliked.
    """
    times = histories.times_ms()
    places = [min(len(times) - 1, int(len(times) * share))
              for share in (1 - validation_share - test_share, 1 - test_share)]
    times.partition(places)
    tune_ms, test_ms = (int(times[place]) for place in places)
    del times  # 8 bytes an event
    later = {True: list[tuple[Rows, Rows]](), False: list[tuple[Rows, Rows]]()}  # of validation?
    for block in histories.blocks():
        at_ms = block.columns.at_ms
        for tuning, asked in ((True, (at_ms >= tune_ms) & (at_ms < test_ms)),
                              (False, at_ms >= test_ms)):
            later[tuning].append(_asked(histories, block, asked, apart=True))
    validation, test = (Cases(histories, *_joined(later[tuning]), apart=True)
                        for tuning in (True, False))
    return Split(histories.before(tune_ms), histories.before(test_ms),
                 validation.of_types(vocabulary.liking), test.of_types(vocabulary.liking))


def leave_one_out(histories: Histories, vocabulary: Vocabulary) -> Split:
    """Each user's last event is the test and the one before it validation, as papers do."""
    usable = histories.chosen(np.nonzero(histories.ends - histories.starts >= MIN_EVENTS)[0])
    cases = []
    for back in (2, 1):
        found = [_asked(usable, block, _ends(block) == back, apart=False)
                 for block in usable.blocks()]
        cases.append(Cases(usable, *_joined(found), apart=False).of_types(vocabulary.liking))
    return Split(usable.ending(usable.ends - 2), usable.ending(usable.ends - 1), *cases)


def times_of(cases: Sequence[Case]) -> NDArray[np.int64]:
    """(C,) when the answers came; of cases that lie in columns none is made."""
    if isinstance(cases, Cases):
        return cases.times_ms()
    return np.array([case.target.at_ms for case in cases], np.int64)


def sample(cases: Sequence[Case], most: int, seed: int) -> list[Case]:
    """At most so many cases, drawn evenly, in their order."""
    if len(cases) <= most:
        return list(cases)
    chosen = np.random.default_rng(seed).choice(len(cases), most, replace=False)
    return [cases[int(place)] for place in np.sort(chosen)]


def of_whole_users(cases: Sequence[Case], most: int, seed: int) -> list[Case]:
    """All cases of users drawn evenly, of as many as have at most so many; of one user at least."""
    if len(cases) <= most:
        return list(cases)
    counts = Counter(case.user for case in cases)
    users = np.random.default_rng(seed).permutation(sorted(counts))
    fitting = np.cumsum([counts[user] for user in users]) <= most
    drawn = set(users[:max(1, int(fitting.sum()))])
    return [case for case in cases if case.user in drawn]


def _ends(block: Block) -> Rows:
    """(B,) of each event, how many its user did from there on, itself among them."""
    _, place, sizes = np.unique(block.first, return_inverse=True, return_counts=True)
    return block.first + sizes[place] - np.arange(len(block.first))


def _asked(
    histories: Histories, block: Block, asked: Mask, *, apart: bool
) -> tuple[Rows, Rows]:
    """Owner and place of those events that can be a question: of something new, after something."""
    (late,) = np.nonzero(asked)
    first = np.maximum(block.first[late], late - MAX_HISTORY)
    at_ms = block.columns.at_ms
    late = late[at_ms[first] < at_ms[late] if apart else first < late]
    late = late[_new(block, late)]
    owner = block.owner[late]
    return owner, histories.starts[owner] + late - block.first[late]


def _new(block: Block, late: Rows) -> Mask:
    """Which events are on an item that their user's history does not hold."""
    item, new = block.columns.item, np.ones(len(late), bool)
    (left,) = np.nonzero(late > block.first[late])
    for back in range(1, MAX_HISTORY + 1):
        left = left[new[left] & (late[left] - back >= block.first[late[left]])]
        new[left] = item[late[left] - back] != item[late[left]]
    return new


def _joined(found: list[tuple[Rows, Rows]]) -> tuple[Rows, Rows]:
    none: list[tuple[Rows, Rows]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    owners, places = zip(*none, *found, strict=True)
    return np.concatenate(owners), np.concatenate(places)
