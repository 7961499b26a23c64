"""A list says which variants it is of, and is made with what they set."""

import json
import time
from typing import Any

import pytest

from domain.contest import credited
from domain.erasure import Forgotten
from domain.event import parse_batch
from domain.experiment import Experiments
from domain.exposure import MEASURES, Plan
from domain.features import Interaction, UserState, merge
from domain.interleaving import Credit
from domain.key import item_key
from domain.recommender import Recommender
from domain.record import Position, Record, decode_log, encode_log
from domain.teams import A, B, teams
from functions.lists import metrics
from functions.recommend import respond
from functions.scorer import Loaded, open_model
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.functions.at_hand import NO_EXPERIMENTS, OneModel, OneUser, desk
from tests.functions.stage import NOW_MS, OPEN, VOCABULARY, proxy_event

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


def running_for_all(**weights: float) -> Experiments:
    """Nobody sees but these weights."""
    return Experiments.from_json(json.dumps([{
        "name": "all", "starts": "2020-01-01T00:00:00Z", "variants": [
            {"name": "other", "share": 0.999, "weights": weights},
            {"name": "nobody", "share": 0.001}]}]))


def interleaving(**weights: float) -> Experiments:
    """All see both rankers, the other with these weights."""
    return Experiments.from_json(json.dumps([{
        "name": "duel", "kind": "interleaving", "starts": "2020-01-01T00:00:00Z", "variants": [
            {"name": "control", "share": 0.5},
            {"name": "other", "share": 0.5, "weights": weights}]}]))


def lists(
    model: Recommender, experiments: Experiments, users: int = 12, body: Any = None
) -> list[dict[str, Any]]:
    """The lists of users who all did the same, of what a body asks for."""
    now_ms = time.time_ns() // 1_000_000
    history = merge((), [Interaction(now_ms - 60_000 * n, item_key(item_id), 2)
                         for n, item_id in enumerate(reversed(UP), 1)])
    at_hand = desk(OneUser(StoredUser(UserState(history=history), 1)),
                   OneModel(Loaded("v1", now_ms, model)), experiments=experiments)
    answered = metrics.log_metrics(lambda event, _: respond(event, at_hand, OPEN))
    return [json.loads(answered(proxy_event(
        "POST", "/users/{user_id}/recommendations", body or {}, (), now_ms, user_id=f"user-{n}"),
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


def test_whoever_is_in_an_interleaving_gets_a_list_of_both_rankers(model: Recommender) -> None:
    setting = interleaving(encoder=0.0, graph=100.0)
    (own,), (others,) = (lists(model, found, users=1) for found in (
        NO_EXPERIMENTS, running_for_all(encoder=0.0, graph=100.0)))

    for answer in lists(model, setting, users=3):
        known = teams(answer["recommendation_id"], "duel")
        assert known is not None
        assert answer["experiments"] == {"duel": "control+other"}
        for team, ranker in ((A, own), (B, others)):
            ranked = [place["item_id"] for place in ranker["items"]]
            picked = [place["item_id"] for place in answer["items"]
                      if known.of(item_key(place["item_id"])) == team]
            assert picked == [item_id for item_id in ranked if item_id in picked] != []


def test_where_a_rule_must_hold_the_control_s_list_is_given_and_said(model: Recommender) -> None:
    (answer,) = lists(model, interleaving(graph=100.0), users=1, body={"diversity": 0.5})

    assert answer["experiments"] == {"duel": "control"}
    assert len(answer["recommendation_id"]) == 32


def test_clicks_on_such_lists_are_credited_by_what_pages_send_back(model: Recommender) -> None:
    setting = interleaving(encoder=0.0, graph=100.0)
    records = []
    for n, answer in enumerate(lists(model, setting, users=4)):
        named = answer["recommendation_id"]
        known = teams(named, "duel")
        assert known is not None
        liked = [place["item_id"] for place in answer["items"]
                 if known.of(item_key(place["item_id"])) == B]
        batch, rejected = parse_batch({"user_id": f"user-{n}", "events": [
            {"event_id": f"{n}-{item_id}", "type": "click", "item_id": item_id, "at": NOW_MS,
             "recommendation_id": named} for item_id in liked[:2]]}, NOW_MS, VOCABULARY)
        assert not rejected
        records.append(Record(Position("s", n), batch))

    found = credited(decode_log(encode_log(records)), setting.named("duel"),
                     Plan(MEASURES["clicks"], 1_000), NOW_MS + 1_000, Forgotten.of(()))

    assert found.lists == [Credit(f"user-{n}", 0, 2) for n in range(4)]


def test_where_nothing_runs_the_answer_says_nothing_of_it(model: Recommender) -> None:
    (answer,) = lists(model, NO_EXPERIMENTS, users=1)

    assert "experiments" not in answer
