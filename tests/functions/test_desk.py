"""What is at hand between requests; whatever cannot be read is done without."""

import pytest

from domain.artifact import ArtifactError
from domain.catalog import Item
from domain.experiment import Assignment
from domain.features import EMPTY
from domain.packing import PackingError
from domain.recommender import Recommender
from domain.snapshot import EMPTY as NO_ITEMS
from functions.scorer import Loaded, open_model
from tests.conftest import Trained
from tests.functions.at_hand import Around, OneModel, OneUser, desk
from tests.functions.faults import client_error
from tests.functions.stage import NOW_MS, Stage, record

FAULTS = [client_error("InternalServerError", "GetItem"), ArtifactError("a file is missing"),
          OSError(28, "No space left on device")]


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


def test_the_scene_stays_until_something_changes(model: Recommender) -> None:
    scorer, around = OneModel(Loaded("v1", NOW_MS, model)), Around()
    found = desk(scorer=scorer, around=around)

    first, second = found.scene(NOW_MS), found.scene(NOW_MS + 1)
    around.changed, around.catalog = True, NO_ITEMS.updated([Item("a", {"item_id": "a"}, NOW_MS)])
    third = found.scene(NOW_MS + 2)

    assert second is first
    assert len(third.catalog) == 1


def test_a_promoted_model_is_in_the_next_scene(model: Recommender) -> None:
    scorer = OneModel()
    found = desk(scorer=scorer)
    before = found.scene(NOW_MS)

    scorer.loaded = Loaded("v1", NOW_MS, model)
    first = found.scene(NOW_MS + 1)
    scorer.loaded = Loaded("v2", NOW_MS, model)
    second = found.scene(NOW_MS + 2)

    assert (before.model, before.version) == (None, None)
    assert (first.version, second.version) == ("v1", "v2")
    assert second.base is not None


def test_a_scene_of_other_weights_is_made_once_until_something_changes(
    model: Recommender
) -> None:
    scorer, around = OneModel(Loaded("v1", NOW_MS, model)), Around()
    found, heavy = desk(scorer=scorer, around=around), Assignment({"mix": "b"}, {"graph": 9.0}, {})

    first, again = found.scene_of(heavy, NOW_MS), found.scene_of(heavy, NOW_MS + 1)
    plain = found.scene_of(Assignment({}, {}, {}), NOW_MS + 1)
    around.changed = True
    later = found.scene_of(heavy, NOW_MS + 2)

    assert again is first
    assert plain is not first
    assert later is not first
    assert later.model is not None
    assert later.model.card.blend.graph == 9.0


@pytest.mark.parametrize("error", FAULTS, ids=["service", "artifact", "disk"])
def test_a_model_that_cannot_be_had_leaves_the_one_before(
    model: Recommender, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = OneModel(Loaded("v1", NOW_MS, model))
    found = desk(scorer=scorer)
    found.scene(NOW_MS)
    scorer.fails = error

    scene = found.scene(NOW_MS + 1)

    assert scene.version == "v1"
    assert "kept the model" in caplog.messages


@pytest.mark.parametrize("error", FAULTS, ids=["service", "artifact", "disk"])
def test_a_first_model_that_cannot_be_had_leaves_none(error: Exception) -> None:
    scorer = OneModel()
    scorer.fails = error

    assert desk(scorer=scorer).scene(NOW_MS).model is None


def test_the_age_of_a_model_is_counted_from_its_promotion(model: Recommender) -> None:
    found = desk(scorer=OneModel(Loaded("v1", NOW_MS, model)))

    assert found.model_age_h(NOW_MS + 90 * 60_000) == 1.5
    assert desk().model_age_h(NOW_MS) is None


def test_a_state_is_read(stage: Stage) -> None:
    stage.deliver("update_user_features", [record(0, "user-1", "a", "b")])

    found = desk(stage.users()).state("user-1")

    assert found == stage.state("user-1") != EMPTY
    assert desk(stage.users()).state("user-2") == EMPTY


def test_an_erased_user_has_no_state(stage: Stage) -> None:
    stage.deliver("update_user_features", [record(0, "user-1", "a")])
    stage.users().erase("user-1", NOW_MS)

    assert desk(stage.users()).state("user-1") == EMPTY


@pytest.mark.parametrize("error", [client_error("InternalServerError", "GetItem"),
                                   PackingError("damaged")], ids=["service", "state"])
def test_a_state_that_cannot_be_read_is_done_without(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert desk(OneUser(error)).state("user-1") == EMPTY
    assert caplog.messages == ["without history"]
    assert "user-1" not in str([vars(entry) for entry in caplog.records])
