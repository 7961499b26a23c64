"""Cases, shelves and small reports that the tests of reports are built on."""

from collections.abc import Sequence

import numpy as np

from model.report.card import KS, Duel, Group, Report, Row, Study
from model.report.chance import Estimate
from model.report.shelf import Shelf
from model.report.words import ACCURACY, BEYOND
from model.split import Case
from tests.model.scene import history

SOME = Estimate(0.25, 0.125, 0.5)


def cases_of(users: Sequence[str], targets: Sequence[int] = ()) -> list[Case]:
    """A case for each name, with a history of item 1."""
    wanted = targets or [2] * len(users)
    return [Case(history((place, 1)), history((place + 1, target))[0], user)
            for place, (user, target) in enumerate(zip(users, wanted, strict=True))]


def shelf(
    categories: Sequence[Sequence[int]], people: Sequence[int] = (), users: int = 10,
    events: Sequence[int] = (),
) -> Shelf:
    """Items 1 to N by the numbers of their categories, which are called a, b, c."""
    width = max(1, *map(len, categories))
    table = [[0] * width, *([*one, *[0] * (width - len(one))] for one in categories)]
    counts = np.array([0, *(people or [1] * len(categories))])
    return Shelf(np.array(table, np.int32), ("", "a", "b", "c"),
                 np.array([0, *events]) if events else counts, counts, users)


def group(name: str, *labels: str, rankers: Sequence[str] = ("model", "popularity")) -> Group:
    """A group whose segments all have the same scores."""
    scores = {ranker: {"hr@10": SOME, "ndcg@10": SOME} for ranker in rankers}
    return Group(name, tuple(Row(label, 30, 12, scores) for label in labels))


def study(
    protocol: str = "time", rankers: Sequence[str] = ("model", "popularity"), p_value: float = 0.01,
    difference: float = 0.1, groups: tuple[Group, ...] = (),
) -> Study:
    """A study in which everything is worth the same."""
    accuracy = {f"{name}@{k}": SOME for name in ACCURACY for k in KS}
    duels = tuple(Duel(rival, "ndcg@10", Estimate(difference, difference - 0.1, difference + 0.1),
                       p_value) for rival in rankers[1:])
    return Study(protocol, 30, 12, 0, 86_400_000, dict.fromkeys(rankers, accuracy),
                 {ranker: dict.fromkeys(BEYOND, SOME) for ranker in rankers}, duels, groups)


def report_of(*studies: Study, log: bool = True, notes: tuple[str, ...] = ()) -> Report:
    """A report of these studies."""
    about: dict[str, str | int] = {"version": "abc123", "created_at": "2026-01-02T03:04:05+00:00",
                                   "git_revision": "1234567", "trained_until_ms": 0}
    epochs = ((1.0, 7.5, 0.1), (2.0, 6.5, 0.3), (3.0, 6.0, 0.2)) if log else ()
    return Report("2026-01-03T00:00:00+00:00", about, {"events": 1000, "users": 12, "items": 40},
                  studies, epochs, notes)
