"""Sources of candidates, asked for more than the first of them."""

import pytest

from domain import sources
from domain.ask import parse_ask
from domain.filter import EVERYTHING, Always, OneOf
from domain.key import item_key
from domain.listing import Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene
from domain.sources import Asker
from tests.domain.small_model import COUNTS, IDS, N, opened
from tests.domain.small_scene import clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def personal(found: Scene, n: int) -> list[int]:
    asker = Asker(clicked("i1"), VOCABULARY, NOW_MS)
    return [one.key for one in sources.personal(found, asker, EVERYTHING, n)]


def test_who_goes_on_asking_the_model_is_told_every_item_once(model: Recommender) -> None:
    moment = scene(model)

    few, all_at_once = personal(moment, 1), personal(moment, N)

    assert few == all_at_once
    assert len(few) == len(set(few)) == N


def test_items_near_one_go_on_as_well(model: Recommender) -> None:
    found = [one.key for one in sources.near(scene(model), item_key("i1"), EVERYTHING, 2)]

    assert len(found) == len(set(found)) == N


def test_a_filter_of_the_users_deeds_is_filled_from_further_down(model: Recommender) -> None:
    history = clicked(*IDS[:4])
    ask = parse_ask({"k": 4, "filter": "did()", "exclude_seen": False}, VOCABULARY)

    found = recommend(scene(model), Question(history, VOCABULARY, NOW_MS, ask))

    assert sorted(place.item_id for place in found.places) == sorted(IDS[:4])
    assert found.source == "personal"


def test_what_a_filter_leaves_out_is_not_told(model: Recommender) -> None:
    moment = scene(model, [["i2"], ["i3"]])
    only = OneOf("item_id", frozenset({"i3", "i9", "n1"}))

    told = [[one.key for one in found] for found in (
        sources.trending(moment, "24h", only), sources.popular(moment, only),
        sources.newest(moment, only))]

    assert told == [[item_key("i3")], [item_key("i3")],
                    [item_key(i) for i in ("n1", "i9", "i3")]]
    assert not list(sources.popular(moment, Always(False)))


def test_what_was_most_done_is_told_as_far_as_anything_was(model: Recommender) -> None:
    found = [one.key for one in sources.popular(scene(model), EVERYTHING)]

    assert len(found) == (COUNTS > 0).sum()
    assert found[:5] == [item_key(i) for i in IDS[:5]]


def test_an_item_is_pinned_once() -> None:
    ask = parse_ask({"k": 3, "pins": [{"item_id": "i1", "position": 1},
                                      {"item_id": "i1", "position": 2}]}, VOCABULARY)

    found = recommend(scene(None), Question((), VOCABULARY, NOW_MS, ask))

    assert [place.item_id for place in found.places] == ["i1", "n3", "n2"]
