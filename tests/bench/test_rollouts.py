"""Rollouts are played to people who differ; who harms nobody stays, who does leaves."""

from bench.rollouts import HARMS, NONE, Harm, played
from domain.rollout import GO_ON, LEAVE

RUNS = 200  # 1,000 in `python -m bench.rollouts`


def taken_back(harm: Harm, runs: int) -> int:
    return sum(list(played(seed, harm))[-1].act == LEAVE for seed in range(runs))


def test_healthy_candidates_reach_everybody() -> None:
    ends = [list(played(seed))[-1].act for seed in range(RUNS)]

    assert ends.count(LEAVE) <= 1
    assert ends.count(GO_ON) >= RUNS - 1


def test_harm_is_taken_back_and_chance_is_not() -> None:
    assert taken_back(HARMS["fails always"], 20) >= 19
    assert taken_back(HARMS["4 times as slow"], 20) >= 15
    assert taken_back(NONE, 20) == 0
