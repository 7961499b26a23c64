"""A model -> report.html and report.json: python -m model.report --model M --events E --out O

The page has its charts inside it and needs no network. The log is cut as the model's training cut
it, and the model is asked as the Lambda asks it, about what it did not see.
"""

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from domain.artifact import CARD, ArtifactError, ModelCard, verify
from domain.recommender import Recommender
from domain.vocabulary import Vocabulary, VocabularyError
from model import evaluate
from model.answers import Answers, Ranker, ask
from model.assemble import now_text
from model.config import TrainConfig
from model.dataset import Dataset, DatasetError, read
from model.report.card import KS, Report, Study
from model.report.chance import Users
from model.report.page import page
from model.report.segments import Attributes, groups
from model.report.shelf import shelf_of
from model.report.study import MODEL, Question, studied
from model.split import Split, by_time, leave_one_out, of_whole_users
from model.trial import (
    BACKWARD_OF_CARD,
    EPOCH_LOG,
    GRAPH_ALONE,
    LEAVE_ONE_OUT,
    Trial,
    complaint,
    new_trial,
)

MAX_CASES = 20_000  # a served list takes about a millisecond
USER = "user_id"  # column of the users' file
PAGE, DATA = "report.html", "report.json"


class ReportError(ValueError):
    """A report cannot be made of what was given."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is made of. left_out: the model trained with leave-one-out, if any."""

    model: Path
    events: Path
    vocabulary: Vocabulary
    catalog: Path | None = None
    current: Path | None = None
    left_out: Path | None = None
    users: Path | None = None
    most: int = MAX_CASES


def report(asked: Asked) -> Report:
    """Everything there is to say.

    raises: ReportError, ArtifactError or DatasetError, when it cannot be said.
    """
    card = _card(asked.model, by_leave_one_out=False)
    dataset = read(asked.events, asked.catalog, asked.vocabulary)
    rivals, notes = {MODEL: asked.model}, list(card.notes)
    if asked.current and (why := complaint(asked.current)):
        notes.append(f"the current model is broken and not compared with: {why}")
    elif asked.current:
        rivals["current"] = asked.current
    for name, folder in rivals.items():
        if _card(folder, by_leave_one_out=False).trained_until_ms > dataset.until_ms():
            notes.append(f"{name}: it was trained on a log that ends later than this one, and may "
                         "have learned what it is asked here")
    studies = [_study("time", rivals, asked, dataset)]
    if asked.left_out:
        _card(asked.left_out, by_leave_one_out=True)
        studies.append(_study("leave-one-out", {MODEL: asked.left_out}, asked, dataset))
    about: dict[str, str | int] = {
        "version": verify(asked.model), "created_at": card.created_at,
        "git_revision": card.git_revision, "trained_until_ms": card.trained_until_ms}
    data = {"events": sum(map(len, dataset.histories.values())), "users": len(dataset.histories),
            "items": len(dataset.names)}
    log = tuple((int(epoch), float(loss), float(found))
                for epoch, loss, found in card.config.get(EPOCH_LOG, ()))
    return Report(now_text(), about, data, tuple(studies), log, tuple(notes))


def _study(protocol: str, folders: dict[str, Path], asked: Asked, dataset: Dataset) -> Study:
    card = ModelCard.from_json((folders[MODEL] / CARD).read_text())
    config = config_of(card)
    split = (by_time(dataset.histories, config.validation_share, config.test_share)
             if protocol == "time" else leave_one_out(dataset.histories)).asking(asked.vocabulary)
    cases = of_whole_users(split.test, asked.most, config.seed)
    if not cases:
        raise ReportError(f"the log has nothing to ask about ({protocol})")
    trial = new_trial(dataset, replace(split, test=cases), config)
    answers, judge = _answers(trial, folders, card)
    shelf = shelf_of(dataset.catalog, trial.index, split.before_test)
    question = Question(cases, trial.index, shelf, asked.vocabulary, Users(cases, config.seed))
    learned_ms = _newest(split) if protocol == "time" else None
    parts = groups(cases, question.targets, shelf, asked.vocabulary, attributes(asked.users),
                   learned_ms)
    return studied(protocol, question, answers, parts, judge)


def _answers(
    trial: Trial, folders: dict[str, Path], card: ModelCard
) -> tuple[dict[str, Answers], Recommender]:
    """What each ranker answers, and the model itself."""
    k, cases, known = max(KS), trial.split.test, trial.split.before_test
    served = {name: trial.served(folder, k) for name, folder in folders.items()}
    found = {name: ask(ranker, cases, model.index, k, trial.index)
             for name, (model, ranker) in served.items()}
    backward, decay = card.config.get(
        GRAPH_ALONE, (card.config.get(BACKWARD_OF_CARD, 0.0), card.blend.decay))
    plain = {"covisitation": evaluate.covisitation(trial.graph(known, backward), decay,
                                                   trial.index, trial.config.window),
             "popularity": evaluate.popularity(trial.counts(known))}
    for name, scorer in plain.items():
        ranker: Ranker = evaluate.dense(scorer, trial.index, k)
        found[name] = ask(ranker, cases, trial.index, k)
    return found, served[MODEL][0]


def config_of(card: ModelCard) -> TrainConfig:
    """What a model was trained with; what its version did not know is as it is now."""
    return TrainConfig(**{field.name: card.config[field.name] for field in fields(TrainConfig)
                          if field.name in card.config})


def attributes(path: Path | None) -> Attributes:
    """Columns of a CSV beside `user_id`: name -> user -> value. raises: ReportError."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if path is None:
        return found
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                user = row.pop(USER)
                for name, value in row.items():
                    found[name][user] = value
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ReportError(f"{path}: no CSV of users with a column {USER}: {error!r}") from error
    return found


def _newest(split: Split) -> int:
    return max(history[-1].at_ms for history in split.before_test)


def _card(folder: Path, *, by_leave_one_out: bool) -> ModelCard:
    verify(folder)
    card = ModelCard.from_json((folder / CARD).read_text())
    if card.config.get(LEAVE_ONE_OUT, False) != by_leave_one_out:
        raise ReportError(f"{folder}: --leave-one-out takes a model that was trained with "
                          "--leave-one-out, --model and --current take one that was not: it would "
                          "be asked about what it learned")
    return card


def parse(arguments: Sequence[str] | None = None) -> tuple[Asked, Path]:
    """The command line: what is asked, and the folder to write to."""
    parser = argparse.ArgumentParser(prog="python -m model.report", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the artifact")
    parser.add_argument("--events", type=Path, required=True, help="folder of event-log objects")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report")
    parser.add_argument("--catalog", type=Path, help="catalogue snapshot (optional)")
    parser.add_argument("--current", type=Path, help="folder of the model in use (optional)")
    parser.add_argument("--leave-one-out", type=Path, dest="left_out",
                        help="folder of a model trained with --leave-one-out (optional)")
    parser.add_argument("--users", type=Path,
                        help=f"CSV: {USER} and segments to tell apart (optional)")
    parser.add_argument("--cases", type=int, default=MAX_CASES, dest="most",
                        help=f"of whole users, at most; default {MAX_CASES}")
    parser.add_argument("--event-types", default="[]", type=Vocabulary.from_json,
                        dest="vocabulary", help="declared event types, as JSON")
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    return Asked(**given), out


def main() -> None:
    """Write the page and the data; what the sender did wrong ends with one clear line."""
    try:
        asked, out = parse()
        made = report(asked)
    except (ReportError, ArtifactError, DatasetError, VocabularyError) as error:
        sys.exit(f"cannot report: {error}")
    out.mkdir(parents=True, exist_ok=True)
    (out / DATA).write_text(made.to_json())
    (out / PAGE).write_text(page(made))
    print(f"{out / PAGE}\n{out / DATA}")


if __name__ == "__main__":
    main()
