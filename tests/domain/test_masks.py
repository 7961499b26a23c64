"""What filters let through of a moment, kept while the moment lasts."""

import numpy as np
import pytest

from domain.blend import HIDDEN
from domain.expression import parse
from domain.filter import EVERYTHING, Tree
from domain.key import item_key
from domain.masks import KEPT
from domain.recommender import Recommender
from domain.scene import Scene, compose
from domain.snapshot import EMPTY
from domain.trends import empty
from tests.domain.small_model import IDS, KEYS, N, opened
from tests.domain.small_scene import catalogue, scene, trends_of
from tests.domain.strategies import NOW_MS, VOCABULARY

TYPES = {t.name: t.code for t in VOCABULARY.types}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def tree(text: str) -> Tree:
    return parse(text, TYPES)


def let(found: Scene, text: str) -> list[str]:
    keys = np.array([*KEYS, item_key("gone")], np.uint64)
    return [one for one, kept in zip([*IDS, "gone"], found.masks.of_keys(tree(text), keys),
                                     strict=True) if kept]


def test_a_filter_hides_rows_of_the_model_and_changes_no_other(model: Recommender) -> None:
    moment = scene(model)
    assert moment.base is not None

    base = moment.masks.base(tree("item_id in ['i2', 'i3']")).table

    assert np.array_equal(base[[2, 3]], moment.base.table[[2, 3]])
    assert (np.delete(base[1:N + 1], [1, 2]) == HIDDEN).all()
    assert moment.base.table[1] > HIDDEN / 2  # the shared bias is as it was


def test_what_asks_for_nothing_is_the_shared_bias(model: Recommender) -> None:
    moment = scene(model)

    assert moment.masks.base(EVERYTHING) is moment.base
    assert moment.masks.base(tree("did('view')")) is moment.base


def test_the_same_filter_is_searched_once_a_moment(model: Recommender) -> None:
    masks = scene(model).masks

    first = masks.base(tree("item_id == 'i2'"))
    for n in range(KEPT - 1):
        masks.base(tree(f"item_id == 'other {n}'"))

    assert masks.base(tree("item_id == 'i2'")) is first
    masks.base(tree("item_id == 'one more'"))
    masks.base(tree("item_id == 'two more'"))
    assert masks.base(tree("item_id == 'other 1'")) is not first
    assert masks.base(tree("item_id == 'i2'")) is first


def test_a_filter_that_asks_the_time_is_searched_each_time(model: Recommender) -> None:
    masks = scene(model).masks

    assert masks.base(tree("updated_days < 3")) is not masks.base(tree("updated_days < 3"))


def test_items_without_facts_are_asked_by_their_id_alone(model: Recommender) -> None:
    bare = compose(model, "v", empty(NOW_MS), EMPTY.updated(catalogue()[:3]), NOW_MS)

    assert let(bare, "price < 3") == []
    assert let(bare, "not price < 3") == [*IDS, "gone"]
    assert let(bare, "item_id in ['i1', 'i9', 'gone']") == ["i1", "i9", "gone"]
    assert let(bare, "item_id not in ['i1', 'i9']") == [
        one for one in [*IDS, "gone"] if one not in ("i1", "i9")]
    assert let(bare, "True") == [*IDS, "gone"]


def test_the_catalogue_is_searched_as_the_model_is(model: Recommender) -> None:
    moment = scene(model)

    found = moment.masks.of_catalog(tree("item_id in ['i2', 'n1'] and did()"))

    assert {int(key) for key in moment.catalog.keys[found]} == {item_key("i2"), item_key("n1")}


def test_what_was_found_in_a_catalogue_is_kept_while_it_and_the_model_are_the_same(
    model: Recommender
) -> None:
    first, only = scene(model), tree("item_id == 'i2'")
    found, base = first.masks.of_catalog(only), first.masks.base(only)

    same, other = (compose(model, "v1", trends_of([["i2"]] * 9), catalog, NOW_MS + 1, first)
                   for catalog in (first.catalog, EMPTY.updated(catalogue("i2"))))

    assert same.masks.of_catalog(only) is found
    assert other.masks.of_catalog(only) is not found
    assert same.base is not None
    assert same.masks.base(only).table[2] == same.base.table[2] > base.table[2]
    assert (np.delete(same.masks.base(only).table, 2) == HIDDEN).all()
    assert (other.masks.base(only).table == HIDDEN).all()
