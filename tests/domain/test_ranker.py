"""The second stage as it is asked: what it orders by, and how that becomes scores."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.candidates import FEATURES, SCORE
from domain.ranker import Judged, Ranker, lifts
from domain.row import Floats
from tests.domain.small_model import WIDTH, opened, opened_with_ranker

numbers = st.floats(-1e4, 1e4, width=32)
pairs = st.integers(1, 30).flatmap(
    lambda n: st.tuples(arrays(np.float32, n, elements=numbers),
                        arrays(np.float32, n, elements=st.integers(-99, 99))))


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    found = opened_with_ranker(tmp_path_factory.mktemp("model")).ranker
    assert found is not None
    return found


def judged(ranker: Ranker) -> Judged:
    told = np.zeros((2, len(FEATURES)), np.float32)
    told[:, SCORE] = [3.0, 4.0]
    return ranker.judge(told, np.eye(WIDTH, dtype=np.float32)[0],
                        np.eye(WIDTH, dtype=np.float32)[:2])


def test_a_model_says_which_outcomes_it_tells(ranker: Ranker) -> None:
    assert ranker.outcomes == ("click", "rate.value")


def test_a_model_without_the_file_has_no_second_stage(tmp_path: Path) -> None:
    assert opened(tmp_path).ranker is None


def test_of_objectives_those_count_that_the_model_tells(ranker: Ranker) -> None:
    found = judged(ranker)

    values = ranker.values(found, {"click": 2.0, "rate.value": -1.0, "purchase": 9.0})

    assert values.tolist() == [2.0 * 1.0 - 0.0, 2.0 * 0.5 - 0.5]


def test_where_no_objective_is_known_what_comes_next_decides(ranker: Ranker) -> None:
    found = judged(ranker)

    assert ranker.values(found, {"purchase": 1.0}).tolist() == found.next.tolist() == [-3.0, -4.0]


@given(pairs)
def test_lifted_scores_stand_in_the_order_of_the_values(pair: tuple[Floats, Floats]) -> None:
    scores, values = pair

    lifted = scores + lifts(scores, values)

    order = np.argsort(values, kind="stable")
    assert (np.diff(lifted[order]) >= -0.01).all() or (values == values[0]).all()


@given(pairs)
def test_no_lifted_score_falls_below_the_least(pair: tuple[Floats, Floats]) -> None:
    scores, values = pair

    lifted = scores + lifts(scores, values)

    slack = 1e-3 * (1 + np.abs(scores).max())
    assert lifted.min() >= scores.min() - slack
    assert lifted.max() <= max(scores.max(), scores.min() + 1) + slack


def test_nobody_is_lifted_where_all_are_worth_the_same() -> None:
    assert lifts(np.array([2, 1], np.float32), np.ones(2, np.float32)).tolist() == [0, 0]


def test_scores_that_are_alike_are_told_apart() -> None:
    found = lifts(np.ones(2, np.float32), np.array([0, 1], np.float32))

    assert found.tolist() == [0.0, 1.0]
