"""Why an item stands where it does, and what it would take away from it."""

import numpy as np
import pytest

from domain.ask import parse_ask
from domain.budget import Budget
from domain.explaining import Explanation, Standing, explain
from domain.exploration import Pool
from domain.exploring import Exploring
from domain.key import item_key
from domain.listing import Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene
from tests.domain.small_model import opened
from tests.domain.small_scene import ALL, clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def asked(*history: str, **said: object) -> Question:
    return Question(clicked(*history), VOCABULARY, NOW_MS, parse_ask(said, VOCABULARY))


def why(found: Scene, item_id: str, *history: str, **said: object) -> Explanation:
    return explain(found, asked(*history, **said), item_id)


def test_an_item_stands_where_the_list_has_it_and_its_parts_sum(model: Recommender) -> None:
    moment = scene(model)
    for place in recommend(moment, asked("i9", "i1", k=8)).places:
        found = why(moment, place.item_id, "i9", "i1")

        assert (found.source, found.standing) == ("personal", Standing(place.rank, place.score))
        assert found.hidden is None
        assert sum(part.score for part in found.parts) == pytest.approx(place.score, abs=1e-4)


def test_parts_sum_to_a_score_that_was_boosted_and_weighed(model: Recommender) -> None:
    found = why(scene(model), "i2", "i9", "i1", weights={"novelty": 0.5},
                boosts=[{"filter": "item_id == 'i2'", "by": 0.3}])

    assert {part.signal for part in found.parts} >= {"taste", "boost"}
    assert sum(part.score for part in found.parts) == pytest.approx(found.standing.score, abs=1e-4)


def test_without_what_led_to_it_an_item_stands_where_a_list_without_it_has_it(
    model: Recommender
) -> None:
    moment = scene(model)

    found = why(moment, "i2", "i9", "i1")

    for one in found.without:
        rest = [item_id for item_id in ("i9", "i1") if item_id != one.item_id]
        other = recommend(moment, asked(*rest, exclude=[one.item_id], k=10))
        [place] = [place for place in other.places if place.item_id == "i2"]
        assert one.standing == Standing(place.rank, place.score)
    assert [one.item_id for one in found.without] == ["i1", "i9"]  # i2 comes after i1


@pytest.mark.parametrize(("item_id", "said", "hidden"), [
    ("i1", {}, "seen"), ("i3", {}, "unavailable"), ("gone", {}, "unknown"),
    ("i2", {"exclude": ["i2"]}, "excluded"), ("i2", {"filter": "price < 3"}, "filtered"),
    ("i2", {"quotas": [{"filter": "item_id == 'i2'", "at_most": 0}]}, None),
])
def test_an_item_that_does_not_stand_in_the_list_has_its_reason(
    model: Recommender, item_id: str, said: dict[str, object], hidden: str | None
) -> None:
    found = why(scene(model, [], "i3"), item_id, "i1", **said)

    assert found == Explanation(found.source, Standing(None, None), hidden, (), [])


def test_what_is_needed_to_stand_at_all_comes_first() -> None:
    walks = [["i1", "i2"]] * 5
    moment = scene(None, walks, *(i for i in ALL if i not in ("i1", "i2", "i5")))

    found = why(moment, "i2", "i5", "i1")

    assert found.source == "session"
    assert found.standing.rank == 1
    assert found.without[0].item_id == "i5" or found.without[0].standing.rank == 1


def test_an_item_that_is_explored_stands_where_it_would_and_has_its_chance(
    model: Recommender
) -> None:
    moment, pool = scene(model), Pool(np.array([item_key("n1")], np.uint64), np.ones(1))
    plain = asked("i9", "i1", k=5)
    exploring = plain._replace(exploring=Exploring(pool, Budget(0.2), "x"))

    for item_id, chance in (("n1", 1.0), ("i2", 0.0)):
        found = explain(moment, exploring, item_id)

        assert found == explain(moment, plain, item_id)._replace(explored=chance)
