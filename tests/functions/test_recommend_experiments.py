"""A list says which variants it is of, and is made with what they set."""

import json
import time
from typing import Any

import pytest

from domain.experiment import Experiments
from domain.features import Interaction, UserState, merge
from domain.key import item_key
from domain.recommender import Recommender
from functions.lists import metrics
from functions.recommend import respond
from functions.scorer import Loaded, open_model
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.functions.at_hand import NO_EXPERIMENTS, OneModel, OneUser, desk
from tests.functions.stage import OPEN, proxy_event

UP = planted.walk(0, 3, 1, 4)  # a3 to a6


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


def running(**weights: float) -> Experiments:
    """Half of all with these weights, since ever."""
    return Experiments.from_json(json.dumps([{
        "name": "mix", "starts": "2020-01-01T00:00:00Z", "variants": [
            {"name": "control", "share": 0.5},
            {"name": "other", "share": 0.5, "weights": weights}]}]))


def lists(model: Recommender, experiments: Experiments, users: int = 12) -> list[dict[str, Any]]:
    """The lists of users who all did the same."""
    now_ms = time.time_ns() // 1_000_000
    history = merge((), [Interaction(now_ms - 60_000 * n, item_key(item_id), 2)
                         for n, item_id in enumerate(reversed(UP), 1)])
    at_hand = desk(OneUser(StoredUser(UserState(history=history), 1)),
                   OneModel(Loaded("v1", now_ms, model)), experiments=experiments)
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, OPEN))
    return [json.loads(answered(proxy_event(
        "GET", "/users/{user_id}/recommendations", None, (), now_ms, user_id=f"user-{n}"),
        None)["body"]) for n in range(users)]


def scores(answer: dict[str, Any]) -> list[float]:
    return [place["score"] for place in answer["items"]]


def test_a_list_is_made_with_the_weights_of_its_variant(model: Recommender) -> None:
    (plain,) = lists(model, NO_EXPERIMENTS, users=1)

    by_variant = {answer["experiments"]["mix"]: answer
                  for answer in lists(model, running(encoder=0.0, graph=100.0))}

    assert set(by_variant) == {"control", "other"}
    assert scores(by_variant["control"]) == scores(plain)
    assert scores(by_variant["other"]) != scores(plain)
    assert by_variant["other"]["items"][0]["reasons"][0]["signal"] == "co-visit"


def test_where_nothing_runs_the_answer_says_nothing_of_it(model: Recommender) -> None:
    (answer,) = lists(model, NO_EXPERIMENTS, users=1)

    assert "experiments" not in answer
