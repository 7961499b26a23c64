"""Shortlists of a replayed log are those that the Lambda makes of live state."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.asker import Asker
from domain.candidates import FEATURES
from domain.features import EMPTY, fold_all
from domain.key import item_key
from domain.page import PageRecord, Touch
from domain.recommender import Recommender
from domain.record import Position, Record
from domain.scene import Scene, compose
from domain.shortlist import Around, size, strengths_of, told_of
from domain.trends import empty
from local import planted
from model.evaluate import items_of, users_of
from model.histories import Histories
from model.shortlists import Shortlister
from model.split import Case
from model.trial import Trial
from tests.conftest import Trained
from tests.domain.plain_trends import absorbed
from tests.model.scene import network
from tests.model.shortlisted import WORDS, in_time, opened, shortlister_of, trial_of


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    return trial_of(planted_log)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return opened(trained.folder)


def single_events() -> list[Record]:
    """The planted log, an event at a time."""
    events = [(event.at_ms, record.batch, event) for record in planted.records()
              for event in record.batch.events]
    return [Record(Position(planted.SHARD, number), batch._replace(events=(event,)))
            for number, (_, batch, event) in enumerate(sorted(events, key=lambda e: e[0]), 1)]


def live(model: Recommender, trial: Trial, case: Case) -> tuple[Scene, Asker]:
    """What a scorer has at hand: the state that was folded, the trends that were counted."""
    at_ms = case.target.at_ms
    before = [one for one in single_events() if one.batch.events[0].at_ms < at_ms]
    mine = [one for one in before if one.batch.subject == case.user]
    pages = [("s", PageRecord(one.position.sequence, 1, tuple(
        Touch(item_key(event.item_id), event.at_ms, 2, 1.0) for event in one.batch.events)))
        for one in before]
    trends = absorbed(empty(at_ms), pages, at_ms)
    scene = compose(model, "v1", trends, trial.dataset.catalog, at_ms)
    return scene, Asker(fold_all(EMPTY, mine, WORDS).history, WORDS, at_ms)


def test_what_is_learned_from_is_what_a_request_will_be_told(
    model: Recommender, trial: Trial
) -> None:
    cases = in_time(trial.split.validation)[::40]
    made = shortlister_of(model, trial)(cases, trial.dataset.histories)

    for case, shortlist in zip(cases, made, strict=True):
        scene, asker = live(model, trial, case)
        window = model.window(asker.history, WORDS, asker.now_ms)
        assert scene.base is not None
        ranked = model.rank(window, scene.base, size(window))
        strengths = strengths_of(model, scene.trends, shortlist.rows, asker.now_ms)
        told, _ = told_of(model, asker, window, ranked.user, shortlist.rows,
                          Around(scene.base, strengths, scene.catalog))

        assert sorted(ranked.rows.tolist()) == sorted(shortlist.rows.tolist())
        for place, name in enumerate(FEATURES):
            assert told[:, place] == pytest.approx(shortlist.features[:, place], abs=0.02), name
        assert np.abs(told - shortlist.features).mean() < 1e-3


def test_what_comes_after_a_moment_changes_nothing_of_its_shortlist(
    model: Recommender, trial: Trial
) -> None:
    cases = in_time(trial.split.validation)[:3]
    until_ms = cases[-1].target.at_ms
    past = {str(user): tuple(entry for entry in history if entry.at_ms < until_ms)
            for user, history in enumerate(trial.dataset.histories)}
    other = {user: history + (cases[0].target._replace(at_ms=until_ms + 1),) * 9
             for user, history in past.items()}
    maker = shortlister_of(model, trial)

    made = [maker(cases, Histories.of(known)) for known in (past, other)]
    for alone, followed in zip(*made, strict=True):
        assert alone.rows.tolist() == followed.rows.tolist()
        assert (alone.features == followed.features).all()


def test_the_first_stage_is_in_full_precision_while_training(trial: Trial) -> None:
    net = network(replace(trial.config, width=16), items=len(trial.index))
    reader, cases = trial.reader(), trial.split.validation[:3]

    items = items_of(net.tower, len(trial.index) + 1)
    users = users_of(net.encoder, items, reader)(cases)

    assert (users.shape, items.shape) == ((3, 16), (len(trial.index) + 1, 16))
    assert np.linalg.norm(users, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert not items[0].any()


def test_a_shortlist_is_best_first_and_holds_each_candidate_once(
    model: Recommender, trial: Trial
) -> None:
    maker: Shortlister = shortlister_of(model, trial)

    (found,) = maker(trial.split.validation[:1], trial.split.train)

    assert (np.diff(found.scores) <= 0).all()
    assert len(set(found.rows.tolist())) == len(found.rows)
    assert 0 not in found.rows
