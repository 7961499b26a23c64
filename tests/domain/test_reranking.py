"""Given items are put in the order in which a list would show them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.listing import Question, recommend
from domain.recommender import Recommender
from domain.reranking import rerank
from domain.scene import Scene
from tests.domain.small_model import IDS, opened
from tests.domain.small_scene import clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def question(*ids: str) -> Question:
    return Question(clicked(*ids), VOCABULARY, len(IDS), NOW_MS, exclude_seen=False)


def order(found: Scene, asked: Question, *ids: str) -> list[str]:
    return [one.item_id for one in rerank(found, ids, asked)]


def test_items_come_in_the_order_of_the_users_own_list(model: Recommender) -> None:
    moment, asked = scene(model), question("i1", "i2", "i5")

    listed = {place.item_id: place.score for place in recommend(moment, asked).places
              if place.item_id in IDS}

    found = rerank(moment, sorted(IDS), asked)
    scores = [listed[one.item_id] for one in found]
    assert scores == pytest.approx(sorted(scores, reverse=True), abs=0.05)  # activations in int8
    assert [one.score for one in found] == pytest.approx(scores, abs=0.05)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*IDS, "x", "y", "z"]), min_size=1), st.booleans())
def test_every_item_comes_back_unknown_ones_last_as_they_were(
    model: Recommender, ids: list[str], reads: bool
) -> None:
    found = order(scene(model), question("i1", "i2") if reads else question(), *ids)

    unknown = [item_id for item_id in ids if item_id not in IDS]
    assert sorted(found) == sorted(ids)
    assert not unknown or found[-len(unknown):] == unknown


def test_what_may_not_be_shown_comes_after_what_may_and_has_no_score(model: Recommender) -> None:
    found = rerank(scene(model, None, "i1"), ["i1", "x", "i2"], question("i5"))

    assert [one.item_id for one in found] == ["i2", "i1", "x"]
    assert [one.score is None for one in found] == [False, True, True]


def test_without_a_model_what_everybody_does_decides() -> None:
    moment = scene(None, [["i2", "i3"], ["i3"]])

    found = rerank(moment, ["x", "i2", "i3"], question("i1"))

    assert [one.item_id for one in found] == ["i3", "i2", "x"]
    assert found[-1].score is None
