"""An artifact asked with the counts of every case's moment."""

from pathlib import Path

import onnxruntime
import pytest

from domain.recommender import Recommender
from model.live import served_live
from model.trial import Trial
from tests.conftest import Trained
from tests.model.shortlisted import opened, trial_of


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    return trial_of(planted_log)


def test_cases_are_answered_in_their_order_whatever_their_time(
    trained: Trained, trial: Trial
) -> None:
    rank, cases = served_live(opened(trained.folder), trial.dataset, 5), trial.split.validation[:9]

    forth, back = list(rank(cases)), list(rank(cases[::-1]))

    assert [rows.tolist() for rows in forth] == [rows.tolist() for rows in back[::-1]]


def test_what_was_seen_is_left_out_and_enough_is_left(trained: Trained, trial: Trial) -> None:
    model = Recommender(trained.folder, onnxruntime)
    cases = trial.split.validation[:9]

    for case, rows in zip(cases, served_live(model, trial.dataset, 5)(cases), strict=True):
        assert len(rows) == 5
        assert not {model.index.key(row) for row in rows} & {one.item for one in case.history}


def test_who_is_known_by_nothing_the_model_knows_gets_what_is_popular_then(
    trained: Trained, trial: Trial
) -> None:
    case = trial.split.validation[-1]
    stranger = case._replace(history=tuple(entry._replace(item=7) for entry in case.history))

    (rows,) = served_live(opened(trained.folder), trial.dataset, 5)([stranger])

    assert len(rows) == 5
    assert 0 not in rows
