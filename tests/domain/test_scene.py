"""What the requests of one moment share."""

from pathlib import Path

import numpy as np
import pytest

from domain.artifact import CONTENT
from domain.blend import HIDDEN
from domain.catalog import Item
from domain.key import item_key
from domain.page import PageRecord, Touch
from domain.recommender import Recommender
from domain.scene import compose, weighed
from domain.snapshot import EMPTY
from domain.trends import empty
from tests.domain import small_model
from tests.domain.plain_trends import absorbed
from tests.domain.small_model import KEYS, PlainRuntime, opened
from tests.domain.strategies import NOW_MS

QUIET = empty(NOW_MS)
CATALOGUE = EMPTY.updated([
    Item("i1", {"item_id": "i1", "title": "One"}, 1),
    Item("i2", {"item_id": "i2", "available": False}, 2),
    Item("new", {"item_id": "new"}, 3),
])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def test_before_the_first_model_there_is_no_bias(tmp_path: Path) -> None:
    scene = compose(None, None, QUIET, CATALOGUE, NOW_MS)

    assert scene.base is None
    assert scene.unavailable == {item_key("i2")}
    assert scene.name(item_key("new")) == "new"
    assert scene.name(item_key("i9")) is None


def test_an_item_is_named_by_the_catalogue_or_the_model(model: Recommender) -> None:
    scene = compose(model, "v1", QUIET, CATALOGUE, NOW_MS)

    assert [scene.name(item_key(i)) for i in ("i1", "i2", "new", "i9", "nowhere")] == [
        "i1", "i2", "new", "i9", None]


def test_what_may_not_be_shown_is_out_of_the_bias(model: Recommender) -> None:
    scene = compose(model, "v1", QUIET, CATALOGUE, NOW_MS)

    assert scene.base is not None
    assert scene.base.table[2] == HIDDEN
    assert (scene.base.table[[1, *range(3, 11)]] > HIDDEN).all()


def test_what_happens_now_is_in_the_bias(model: Recommender) -> None:
    busy = absorbed(QUIET, [("s", PageRecord(1, 1, (Touch(KEYS[8], NOW_MS, 4, 5.0),) * 9))], NOW_MS)

    scene = compose(model, "v1", busy, CATALOGUE, NOW_MS)

    assert scene.base is not None
    assert int(np.argmax(scene.base.table)) == 9


def test_other_weights_are_those_of_one_scene_alone(model: Recommender) -> None:
    scene = compose(model, "v1", QUIET, CATALOGUE, NOW_MS)
    before = model.card.blend

    other = weighed(scene, {"popularity": 7.0, "graph": 0.5}, NOW_MS)

    assert scene.base is not None
    assert other.base is not None
    assert other.model is not None
    assert other.model.card.blend == before._replace(popularity=7.0, graph=0.5)
    assert model.card.blend == before
    bias, shown = other.base.table, scene.base.table > HIDDEN / 2
    assert (bias[~shown] == HIDDEN).all()
    np.testing.assert_allclose(bias[shown], scene.base.table[shown] * 7 / before.popularity,
                               rtol=1e-5)


def test_without_a_model_there_is_nothing_to_weigh() -> None:
    scene = compose(None, None, QUIET, CATALOGUE, NOW_MS)

    assert weighed(scene, {"graph": 2.0}, NOW_MS) is scene


def test_late_items_stand_beside_a_model_that_knows_labels(tmp_path: Path) -> None:
    folder = small_model.write(tmp_path)
    knowing = Recommender(folder, PlainRuntime)
    (folder / CONTENT).unlink()  # as 0.1 made them
    old = Recommender(folder, PlainRuntime)

    found = [compose(model, "v1", QUIET, CATALOGUE, NOW_MS).model for model in (knowing, old)]

    assert [model.newcomers.keys.tolist() for model in found if model] == [[item_key("new")], []]
