"""Sources of candidates, asked for more than the first of them."""

import numpy as np
import pytest

from domain import sources
from domain.ask import parse_ask
from domain.asker import Asker
from domain.catalog import Item
from domain.filter import EVERYTHING, Always, OneOf
from domain.key import item_key
from domain.listing import Question, recommend
from domain.ranking import Part
from domain.recommender import Recommender
from domain.scene import Scene, compose
from domain.snapshot import EMPTY
from tests.domain.small_model import BLEND, COUNTS, IDS, N, opened
from tests.domain.small_scene import catalogue, clicked, scene, trends_of
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


def late_scene(model: Recommender, walks: list[list[str]] | None = None) -> Scene:
    items = [*catalogue(), *(Item(tag, {"item_id": tag, "tags": [tag], "price": len(tag)}, 99)
                             for tag in ("north", "south", "east"))]
    return compose(model, "v1", trends_of(walks or []), EMPTY.updated(items), NOW_MS)


def test_an_item_that_came_after_training_stands_in_personal_lists_by_its_content(
    model: Recommender
) -> None:
    moment = late_scene(model)
    assert moment.model is not None
    asked = Question(clicked("i4"), VOCABULARY, NOW_MS, parse_ask({"k": 12}, VOCABULARY))

    found = recommend(moment, asked)

    user = moment.model.rank(moment.model.window(asked.history, VOCABULARY, NOW_MS),
                             moment.model.unmoved(), 1).user
    scores = {place.item_id: place for place in found.places}
    assert scores["north"].score == pytest.approx(BLEND.encoder * user[0], abs=1e-5)
    assert scores["east"].score == pytest.approx(BLEND.encoder * user[1], abs=1e-5)
    assert sum(part.score for part in scores["east"].parts) == pytest.approx(scores["east"].score)
    assert [place.score for place in found.places] == sorted(
        (place.score for place in found.places), reverse=True)


def test_a_late_item_rises_with_what_others_do_now(model: Recommender) -> None:
    quiet, busy = late_scene(model), late_scene(model, [["i4", "n2"], ["i4", "n2"]])

    before, after = ({one.key: one for one in sources.personal(
        moment, Asker(clicked("i4"), VOCABULARY, NOW_MS), EVERYTHING, 40)}
        for moment in (quiet, busy))

    assert item_key("n2") not in before
    signals = {part.signal: part for part in after[item_key("n2")].explain()}
    assert signals["co-visit"] == Part("co-visit", BLEND.graph, (item_key("i4"),))
    assert 0 < signals["popular"].score < BLEND.popularity


def test_filters_hide_late_items_as_well(model: Recommender) -> None:
    ask = parse_ask({"k": 40, "filter": "price < 5"}, VOCABULARY)

    found = recommend(late_scene(model), Question(clicked("i4"), VOCABULARY, NOW_MS, ask))

    assert [place.item_id for place in found.places] == ["east"]


def test_items_are_told_that_are_like_a_late_one_if_it_says_something(model: Recommender) -> None:
    moment = late_scene(model)

    like_north = [one.key for one in sources.near(moment, item_key("north"), EVERYTHING, 40)]
    like_n1 = list(sources.near(moment, item_key("n1"), EVERYTHING, 40))

    assert like_north[0] == item_key("north")
    assert like_north[-1] == item_key("south")
    assert not like_n1


def test_a_callers_own_list_may_hold_late_items(model: Recommender) -> None:
    keys = np.array([item_key(one) for one in ("south", "i1", "north")], np.uint64)

    found = sources.among(late_scene(model), Asker(clicked("i4"), VOCABULARY, NOW_MS), keys)

    assert {one.key for one in found} == set(keys.tolist())


def test_what_was_done_most_ends_with_the_items(model: Recommender) -> None:
    busy = model.as_of(model.graph, np.arange(len(model.items.counts), 0, -1, np.float32), NOW_MS)

    found = [one.key for one in sources.popular(scene(busy), EVERYTHING)]

    assert found == busy.index.keys.tolist()
