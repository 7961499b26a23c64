"""A caller's own list in the order of one user."""


import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ask import Ask, parse_ask
from domain.given import Ordered, rank_given
from domain.key import item_key
from domain.listing import Question
from domain.recommender import Recommender
from domain.scene import Scene
from tests.domain.small_model import IDS, opened
from tests.domain.small_scene import ALL, clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY

SHOW = {"exclude_seen": False}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def order(found: Scene, items: list[str], *history: str, **said: object) -> Ordered:
    ask: Ask = parse_ask({**SHOW, **said}, VOCABULARY)
    return rank_given(found, Question(clicked(*history), VOCABULARY, NOW_MS, ask), items)


def shown(found: Ordered) -> list[str]:
    return [place.item_id for place in found.listing.places]


def test_items_are_in_the_order_in_which_the_model_ranks_all(model: Recommender) -> None:
    moment = scene(model)
    window = model.window(clicked("i9", "i1"), VOCABULARY, NOW_MS)
    assert moment.base is not None
    ranked = model.rank(window, moment.base, 10)
    wanted = [IDS[row - 1] for row in ranked.rows]

    found = order(moment, sorted(IDS), "i9", "i1")

    assert shown(found) == wanted
    assert [place.score for place in found.listing.places] == pytest.approx(
        ranked.scores.tolist(), abs=1e-5)
    assert found.listing.source == "personal"


def test_what_nobody_knows_is_named_and_what_the_model_lacks_comes_after(
    model: Recommender
) -> None:
    found = order(scene(model, [["n2"]]), ["?1", "n1", "i3", "n2", "?2", "i4"], "i1")

    assert sorted(shown(found)[:3]) == ["i3", "i4", "n2"]
    assert shown(found)[3:] == ["n1"]  # of which neither the model nor anybody says something
    assert found.unknown == ["?1", "?2"]
    assert found.left_out == []


def test_what_is_hidden_is_told_with_its_reason(model: Recommender) -> None:
    found = order(scene(model, [], "i3"), ["i1", "i2", "i3", "i4"], "i1", exclude=["i2"],
                  exclude_seen=True)

    assert shown(found) == ["i4"]
    assert sorted(found.left_out) == [("i1", "seen"), ("i2", "excluded"), ("i3", "unavailable")]


def test_without_a_model_what_is_done_now_comes_first() -> None:
    found = order(scene(None, [["i5"], ["i5"], ["n1"]]), ["i1", "n1", "i5", "i2"])

    assert shown(found) == ["i5", "n1", "i1", "i2"]
    assert found.listing.source == "trending"


def test_rules_apply_to_a_list_that_is_given() -> None:
    found = order(scene(None), ["i1", "i2", "i3"], pins=[{"item_id": "i3", "position": 1}],
                  boosts=[{"filter": "item_id == 'i2'", "by": 1}])

    assert shown(found) == ["i3", "i2", "i1"]


@given(st.lists(st.sampled_from([*ALL, "gone"]), min_size=1, unique=True), st.booleans(),
       st.lists(st.sampled_from(ALL), max_size=4), st.sets(st.sampled_from(ALL)))
def test_of_what_is_given_nothing_is_lost(
    model: Recommender, items: list[str], with_model: bool, history: list[str], hidden: set[str]
) -> None:
    moment = scene(model if with_model else None, [["i2", "n1"]], *hidden)

    found = order(moment, items, *history)

    told = [*shown(found), *found.unknown, *(item_id for item_id, _ in found.left_out)]
    assert sorted(told) == sorted(items)
    assert not {item_key(one) for one in shown(found)} & moment.unavailable


def test_an_item_alone_is_a_list(model: Recommender) -> None:
    assert shown(order(scene(model), ["i1"], "i1")) == ["i1"]
    assert np.isfinite(order(scene(model), ["i1"], "i1").listing.places[0].score)
