"""Rollouts are played to people who differ; who harms nobody stays, who does leaves."""

from collections import deque

from bench.rollouts import HARMS, NONE, Harm, played
from domain.rollout import GO_ON, LEAVE

RUNS, LOOK_MS = 200, 60_000  # 1,000 and 5 s in `python -m bench.rollouts`


def taken_back(harm: Harm, runs: int) -> int:
    return [last(seed, harm) for seed in range(runs)].count(LEAVE)


def last(seed: int, harm: Harm = NONE) -> str:
    return deque(played(seed, harm, LOOK_MS), maxlen=1).pop()[0].act


def test_healthy_candidates_reach_everybody() -> None:
    ends = [last(seed) for seed in range(RUNS)]

    assert ends.count(LEAVE) <= 1
    assert ends.count(GO_ON) >= RUNS - 1


def test_harm_is_taken_back_and_chance_is_not() -> None:
    assert taken_back(HARMS["fails always"], 20) >= 19
    assert taken_back(HARMS["4 times as slow"], 20) >= 15
    assert taken_back(NONE, 20) == 0
