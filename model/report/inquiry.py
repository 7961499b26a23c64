"""A model and the log -> its report: the log is cut as its training cut it, and everybody asked."""

import csv
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from pathlib import Path

from domain.artifact import CARD, ModelCard, verify
from domain.recommender import Recommender
from domain.vocabulary import Vocabulary
from model import evaluate
from model.answers import Answers, ask
from model.assemble import now_text
from model.config import TrainConfig
from model.dataset import Dataset, read
from model.report.card import KS, Report, Study
from model.report.chance import Users
from model.report.segments import Attributes, groups
from model.report.shelf import shelf_of
from model.report.study import MODEL, Question, studied
from model.rival import rival
from model.split import cut, of_whole_users
from model.trial import (
    BACKWARD_OF_CARD,
    EPOCH_LOG,
    GRAPH_ALONE,
    LEAVE_ONE_OUT,
    Trial,
    new_trial,
)

CURRENT = "current"
MAX_CASES = 20_000  # a served list takes about a millisecond
USER = "user_id"  # column of the users' file


class ReportError(ValueError):
    """A report cannot be made of what was given."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of what. left_out: a model trained with leave-one-out; users: a CSV."""

    model: Path
    events: Path
    vocabulary: Vocabulary
    catalog: Path | None = None
    current: Path | None = None
    left_out: Path | None = None
    users: Path | None = None
    most: int = MAX_CASES


def report(inquiry: Inquiry) -> Report:
    """Everything there is to say.

    raises: ReportError, ArtifactError or DatasetError, when it cannot be said.
    """
    card = _card(inquiry.model, by_leave_one_out=False)
    attributes = attributes_of(inquiry.users)
    dataset = read(inquiry.events, inquiry.catalog, inquiry.vocabulary)
    folders, notes = {MODEL: inquiry.model}, list(card.notes)
    current, broken = rival(inquiry.current)
    notes += broken
    if current:
        folders[CURRENT] = current
    for name, folder in folders.items():
        if _card(folder, by_leave_one_out=False).trained_until_ms > dataset.histories.until_ms:
            notes.append(f"the {name} was trained on a log that ends later than this one: it may "
                         "have learned what it is asked here")
    studies = [_study(folders, inquiry.most, dataset, attributes, by_leave_one_out=False)]
    if inquiry.left_out:
        studies.append(_study({MODEL: inquiry.left_out}, inquiry.most, dataset, attributes,
                              by_leave_one_out=True))
    about: dict[str, str | int] = {
        "version": verify(inquiry.model), "created_at": card.created_at,
        "git_revision": card.git_revision, "trained_until_ms": card.trained_until_ms}
    data = {"events": dataset.histories.events, "users": len(dataset.histories),
            "items": len(dataset.names)}
    log = tuple((int(epoch), float(loss), float(found))
                for epoch, loss, found in card.config.get(EPOCH_LOG, ()))
    return Report(now_text(), about, data, tuple(studies), log, tuple(notes))


def _study(
    folders: dict[str, Path], most: int, dataset: Dataset, attributes: Attributes, *,
    by_leave_one_out: bool,
) -> Study:
    card = _card(folders[MODEL], by_leave_one_out=by_leave_one_out)
    config = config_of(card)
    split = cut(dataset, config, as_papers_do=by_leave_one_out)
    cases = of_whole_users(split.test, most, config.seed)
    trial = new_trial(dataset, replace(split, test=cases), config)
    answers, judge = _answers(trial, folders, card)
    shelf = shelf_of(dataset.catalog, trial.index, split.before_test)
    question = Question(cases, trial.index, shelf, dataset.vocabulary, Users(cases, config.seed))
    newest_ms = split.before_test.until_ms
    parts = groups(cases, question.targets, shelf, dataset.vocabulary, attributes,
                   None if by_leave_one_out else newest_ms)
    protocol = "leave-one-out" if by_leave_one_out else "time"
    return studied(protocol, question, answers, parts, judge)


def _answers(
    trial: Trial, folders: dict[str, Path], card: ModelCard
) -> tuple[dict[str, Answers], Recommender]:
    """What each ranker answers, and the model itself."""
    k, cases, known = max(KS), trial.split.test, trial.split.before_test
    served = {name: trial.served(folder, k) for name, folder in folders.items()}
    found = {name: ask(ranker, cases, model.index, k, trial.index)
             for name, (model, ranker) in served.items()}
    backward, decay = card.config.get(  # of a card of 0.1: as in the blend
        GRAPH_ALONE, (card.config.get(BACKWARD_OF_CARD, 0.0), card.blend.decay))
    counting = {"covisitation": evaluate.covisitation(trial.graph(known, backward), decay,
                                                      trial.index, trial.config.window),
                "popularity": evaluate.popularity(trial.counts(known))}
    for name, scorer in counting.items():
        found[name] = ask(evaluate.dense(scorer, trial.index, k), cases, trial.index, k)
    return found, served[MODEL][0]


def config_of(card: ModelCard) -> TrainConfig:
    """What a model was trained with; what its version did not know is as it is now."""
    return TrainConfig(**{field.name: card.config[field.name] for field in fields(TrainConfig)
                          if field.name in card.config})


def attributes_of(path: Path | None) -> Attributes:
    """Columns of a CSV beside `user_id`: name -> user -> value. raises: ReportError."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if path is None:
        return found
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restval="", strict=True)
            if USER not in (rows.fieldnames or ()):
                raise KeyError(USER)
            for row in rows:
                user = row.pop(USER)
                if row.pop(None, None):
                    raise ValueError(f"line {rows.line_num} has more values than columns")
                for name, value in row.items():
                    found[name][user] = value
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ReportError(f"{path}: no CSV of users with a column {USER}: {error!r}") from error
    return found


def _card(folder: Path, *, by_leave_one_out: bool) -> ModelCard:
    """raises: ReportError, where the model has learned what it would be asked."""
    verify(folder)
    card = ModelCard.from_json((folder / CARD).read_text())
    if card.config.get(LEAVE_ONE_OUT, False) != by_leave_one_out:
        raise ReportError(f"{folder} would be asked about what it learned: --leave-one-out takes "
                          "a model that was trained with --leave-one-out, --model and --current "
                          "take one that was not")
    return card
