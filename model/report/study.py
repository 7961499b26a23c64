"""Rankers, asked the same cases -> everything that is said of them side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.recommender import Recommender
from domain.row import RowIndex, Rows
from domain.vocabulary import Vocabulary
from model.answers import Answers, Reals, gains, gini, shown, targets_of
from model.dataset import liked
from model.evaluate import rows_of
from model.report import beyond
from model.report.card import KS, SHOWN, Duel, Group, Row, Study
from model.report.chance import Estimate, Figure, Users, mean_of
from model.report.segments import Parts
from model.report.shelf import Shelf
from model.split import Case

MODEL = "model"
SEGMENTS_BY = tuple(f"{metric}@{SHOWN}" for metric in ("hr", "ndcg"))
DUELS_BY = tuple(f"{metric}@{SHOWN}" for metric in ("ndcg", "hr", "mrr", "recall"))
Figures = dict[str, Figure]


class Question(NamedTuple):
    """What is asked, and of what: cases over the rows of one catalogue."""

    cases: list[Case]
    catalogue: RowIndex
    shelf: Shelf
    vocabulary: Vocabulary
    users: Users

    @property
    def targets(self) -> Rows:
        """(C,) rows of what came next."""
        return self.catalogue.rows(targets_of(self.cases))

    def histories(self) -> list[Rows]:
        """Rows of what each user liked before; what is disliked is no taste to be met."""
        return [rows_of(tuple(e for e in case.history if liked(e, self.vocabulary)), self.catalogue)
                for case in self.cases]


def studied(
    protocol: str, asked: Question, answers: Mapping[str, Answers],
    groups: Iterator[tuple[str, Parts]], judge: Recommender,
) -> Study:
    """All figures of one protocol. judge: whose vectors say which items are alike."""
    exact = {ranker: accuracy(asked, found) for ranker, found in answers.items()}
    times = [case.target.at_ms for case in asked.cases]
    histories = asked.histories()
    return Study(
        protocol, len(asked.cases), asked.users.n, min(times), max(times),
        {ranker: asked.users.estimates(figures) for ranker, figures in exact.items()},
        {ranker: _beyond(asked, histories, found, judge) for ranker, found in answers.items()},
        tuple(_duels(asked.users, exact)),
        tuple(Group(name, tuple(_rows(asked.users, exact, parts))) for name, parts in groups),
    )


def accuracy(asked: Question, found: Answers) -> Figures:
    """ndcg, hr and mrr of what came next in each case, and recall of what a user's first list has.

    recall: of everything a user went on to do in the test, the share that stands in the list at
    its beginning; one value a user.
    """
    figures = {name: mean_of(values) for k in KS for name, values in gains(found.places, k).items()}
    owners, n = asked.users.of_case, asked.users.n
    first = np.full(n, len(owners))
    np.minimum.at(first, owners, np.arange(len(owners)))
    hits = found.rows[first[owners]] == asked.targets[:, None]
    per_case = 1 / np.bincount(owners, minlength=n)[owners]
    return figures | {f"recall@{k}": Figure(hits[:, :k].any(axis=1) * per_case, per_case)
                      for k in KS}


def _beyond(
    asked: Question, histories: Sequence[Rows], found: Answers, judge: Recommender
) -> dict[str, Estimate]:
    rows, shelf = found.rows[:, :SHOWN], asked.shelf
    some, places = np.unique(rows, return_inverse=True)
    keys = asked.catalogue.keys[np.maximum(some, 1) - 1]
    vectors = judge.vectors(keys) * (some > 0)[:, None]
    figures = {
        "novelty": mean_of(beyond.novelty(rows, shelf)),
        "unlike_by_vectors": mean_of(
            beyond.unlike_by_vectors(rows, vectors, places.reshape(rows.shape))),
        "unlike_by_categories": mean_of(beyond.unlike_by_categories(rows, shelf)),
        "miscalibration": mean_of(beyond.miscalibration(rows, histories, shelf)),
        "popularity_ratio": beyond.popularity(rows, histories, shelf),
    }
    counts = shown(rows, len(asked.catalogue))
    newest = np.zeros(asked.users.n, np.int64)  # the last case of each user
    newest[asked.users.of_case] = np.arange(len(rows))
    return asked.users.estimates(figures) | {
        "coverage": Estimate(float((counts > 0).mean())), "gini": Estimate(gini(counts)),
        "personalization": Estimate(beyond.personalization(rows[newest]))}


def _duels(users: Users, exact: Mapping[str, Figures]) -> Iterator[Duel]:
    for rival in exact:
        for metric in DUELS_BY if rival != MODEL else ():
            (ours, bottom), (theirs, _) = exact[MODEL][metric], exact[rival][metric]
            difference = users.estimates({metric: Figure(ours - theirs, bottom)})[metric]
            yield Duel(rival, metric, difference, users.p_value(ours, theirs))


def _rows(users: Users, exact: Mapping[str, Figures], parts: Parts) -> Iterator[Row]:
    for label, mask in parts:
        scores = {ranker: users.estimates({metric: figures[metric].within(mask)
                                           for metric in SEGMENTS_BY})
                  for ranker, figures in exact.items()}
        asked: Reals = users.sums(mask.astype(np.float64))
        yield Row(label, int(mask.sum()), int((asked > 0).sum()), scores)
