"""Lists whose order is not that of the scores alone."""

from typing import Any

import pytest

from domain.ask import parse_ask
from domain.listing import Listing, Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene
from tests.domain.small_model import opened
from tests.domain.small_scene import clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def ask(moment: Scene, *ids: str, **body: Any) -> Listing:
    return recommend(moment, Question(clicked(*ids), VOCABULARY, NOW_MS,
                                      parse_ask({"k": 4, **body}, VOCABULARY)))


def pin(item_id: str, position: int) -> dict[str, Any]:
    return {"item_id": item_id, "position": position}


def test_a_pinned_item_stands_in_its_place_wherever_it_would_stand(model: Recommender) -> None:
    found = ask(scene(model), "i1", pins=[pin("i1", 2), pin("i4", 1)])

    shown = [place.item_id for place in found.places]
    assert shown[:2] == ["i4", "i1"]  # though it was seen
    assert [part.signal for part in found.places[1].parts] == ["pinned"]


def test_a_pin_that_cannot_be_is_passed_over(model: Recommender) -> None:
    moment = scene(model, None, "i5")
    plain = [place.item_id for place in ask(moment, "i1", pins=[pin("i4", 1)]).places]

    found = ask(moment, "i1", pins=[
        pin("i4", 1), pin("i4", 3), pin("i6", 1), pin("i5", 2), pin("i7", 9)])

    assert [place.item_id for place in found.places] == plain


@pytest.mark.parametrize("with_model", [True, False])
def test_what_is_done_least_is_the_newest_thing(model: Recommender, with_model: bool) -> None:
    walks = [["i2", "i3"], ["i2", "i3"], ["i2"]]
    moment = scene(model if with_model else None, walks)

    found = ask(moment, k=13, weights={"novelty": 1.0, "relevance": 0.0})

    order = [place.item_id for place in found.places]
    assert order.index("i3") < order.index("i2")


def test_without_a_model_lists_are_diverse_by_labels() -> None:
    moment = scene(None, [["i2", "i3", "i4"]])

    found = ask(moment, k=3, diversity=0.5)

    assert {place.item_id for place in found.places} == {"i2", "i3", "i4"}
