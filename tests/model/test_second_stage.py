"""A second stage over a poor first one: it learns the way, is judged, written and served."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from domain.artifact import RANKER, Blend, verify, write_manifest
from domain.candidates import FEATURES
from domain.recommender import Recommender
from functions.scorer import try_out
from model.learner import Network
from model.ranker_graph import ServingRanker, write_ranker
from model.second_stage import Second, Verdict, kept, reranked, second_stage
from model.split import leave_one_out
from model.trial import Trial
from model.tune import Tuned
from tests.conftest import Trained
from tests.model.scene import network
from tests.model.shortlisted import WORDS, trial_of

POPULAR = Tuned(Blend(encoder=0.0, graph=0.0, popularity=1.0, decay=0.8), 0.1, 0.5, (0.5, 0.8))


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    return trial_of(planted_log)


@pytest.fixture(scope="module")
def untrained(trial: Trial) -> Network:
    return network(trial.config, items=len(trial.index))


@pytest.fixture(scope="module")
def second(trial: Trial, untrained: Network) -> Second:
    found = second_stage(trial, untrained, POPULAR)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def folder(trained: Trained, second: Second, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = shutil.copytree(trained.folder, tmp_path_factory.mktemp("two") / "model")
    write_ranker(second, trained.card.width, copied)
    write_manifest(copied)
    return copied


def test_what_is_better_beyond_chance_is_kept(second: Second) -> None:
    assert kept(second)
    assert second.verdict.second > second.verdict.blend + 0.1
    assert second.report["kept"]
    assert second.outcomes == ("click",)


def test_the_card_is_told_how_far_off_the_chances_are(second: Second) -> None:
    told = second.report["calibration"]["click"]

    assert 0 <= told["after"] < 0.2
    assert 0 < told["rate"] < 1


@pytest.mark.parametrize(("verdict", "is_kept"), [
    (Verdict(0.1, 0.2, 0.04), True), (Verdict(0.1, 0.2, 0.06), False),
    (Verdict(0.2, 0.1, 0.01), False), (Verdict(0.1, float("nan"), 0.01), False),
])
def test_only_what_is_surely_better_is_kept(verdict: Verdict, is_kept: bool) -> None:
    assert verdict.kept is is_kept


@pytest.mark.parametrize("given", [{"ranker": "none"}, {"blend": "alone"}])
def test_who_asks_for_none_gets_none(
    trial: Trial, untrained: Network, given: dict[str, str]
) -> None:
    other = replace(trial, config=replace(trial.config, **given))

    assert second_stage(other, untrained, POPULAR) is None


def test_where_papers_split_the_log_there_is_none(trial: Trial, untrained: Network) -> None:
    papers = replace(trial, split=leave_one_out(trial.dataset.histories, WORDS))

    assert second_stage(papers, untrained, POPULAR) is None


def test_a_log_that_is_too_short_has_no_second_stage(trial: Trial, untrained: Network) -> None:
    short = replace(trial, split=replace(
        trial.split, validation=trial.split.validation[:2]))

    assert second_stage(short, untrained, POPULAR) is None


def test_the_graph_says_what_the_network_says(second: Second, folder: Path) -> None:
    torch.manual_seed(5)
    parts = torch.rand(9, len(FEATURES)), torch.randn(1, 32), torch.randn(9, 32)

    told = ServingRanker(second.net, second.scalings).eval()(*parts)

    ranker = Recommender(folder, onnxruntime).ranker
    assert ranker is not None
    features, user, items = (part.numpy() for part in parts)
    judged = ranker.judge(features, user[0], items)
    assert judged.next == pytest.approx(told[0].detach().numpy(), abs=1e-5)
    assert judged.outcomes["click"] == pytest.approx(told[1].detach().numpy(), abs=1e-5)
    assert ranker.outcomes == second.outcomes


def test_a_model_of_two_stages_is_sealed_and_may_be_tried(folder: Path) -> None:
    verify(folder)
    try_out(folder)

    (folder / RANKER).rename(folder / "away")
    with pytest.raises(ValueError, match=RANKER):
        verify(folder)
    (folder / "away").rename(folder / RANKER)


def test_one_that_is_not_kept_takes_away_that_of_an_earlier_run(
    second: Second, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / RANKER, tmp_path)

    write_ranker(second._replace(verdict=Verdict(0.2, 0.1, 0.1)), 32, tmp_path)
    write_ranker(None, 32, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_where_none_serves_nobody_ranks(trial: Trial, untrained: Network) -> None:
    assert reranked(None, trial, untrained, POPULAR) is None


def test_both_stages_answer_with_what_is_fresh(
    trial: Trial, untrained: Network, second: Second
) -> None:
    cases = trial.split.test[:5]

    ranker = reranked(second, trial, untrained, POPULAR)
    assert ranker is not None
    found = list(ranker(cases))

    for case, rows in zip(cases, found, strict=True):
        seen = trial.index.rows(np.array([entry.item for entry in case.history], np.uint64))
        assert len(rows) == 10
        assert not set(rows.tolist()) & set(seen.tolist())


def test_the_test_asks_both_stages_as_they_are_served(
    trial: Trial, untrained: Network, second: Second, folder: Path
) -> None:
    few = replace(trial, split=replace(trial.split, test=trial.split.test[:20]))

    found = few.test(untrained, POPULAR, folder, folder,
                     reranked(second, few, untrained, POPULAR))

    assert found["model"] == found["current"]
    assert found["model"]["cases"] == found["torch"]["cases"] == 20
    assert found["torch"]["ndcg@10"] > found["popularity"]["ndcg@10"]
