"""What a second stage will take is told by fewer of the same moments."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.artifact import Blend
from model.second_pace import EXPORT_S, SecondPace, pace_of_second, timed
from model.second_stage import moments_of, second_stage
from model.trial import Prepared, Trial
from model.tune import Tuned
from tests.model.shortlisted import trial_of


@pytest.fixture(scope="module")
def trial(planted_log: tuple[Path, Path]) -> Trial:
    return trial_of(planted_log)


@pytest.fixture(scope="module")
def prepared(trial: Trial) -> Prepared:
    return trial.prepare()


def test_there_is_to_do_what_the_second_stage_does(trial: Trial, prepared: Prepared) -> None:
    found = pace_of_second(trial, prepared)

    second = second_stage(trial, prepared.network, Tuned(Blend(), 0.1, 0.5, (0.5, 0.8)))
    assert second is not None
    taught, listed, judged = found.sizes
    assert (taught, judged) == (second.report["moments"], second.report["cases"])
    assert listed == sum(len(asked) for _, asked in moments_of(trial))
    assert min(found.rates) > 0
    assert found.export_s == EXPORT_S


def test_more_moments_are_held_in_more_memory(trial: Trial, prepared: Prepared) -> None:
    n = len(trial.split.validation)
    half = replace(trial, split=replace(trial.split, validation=trial.split.validation[:n // 2]))

    all_of_it, less = (pace_of_second(which, prepared) for which in (trial, half))

    assert all_of_it.sizes[1] > less.sizes[1]
    assert all_of_it.mb > less.mb


@pytest.mark.parametrize("given", [{"ranker": "none"}, {"blend": "alone"}])
def test_one_that_will_not_be_takes_nothing(
    trial: Trial, prepared: Prepared, given: dict[str, str]
) -> None:
    other = replace(trial, config=replace(trial.config, **given))

    assert pace_of_second(other, prepared) == SecondPace()


def test_what_is_timed_is_done_and_answered_with() -> None:
    found, took_s = timed(lambda: "done")

    assert found == "done"
    assert 0 <= took_s < 1
