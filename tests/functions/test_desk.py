"""What a scorer keeps at hand, and does without."""

import pytest
from aws_lambda_powertools import Logger

from domain.features import EMPTY, fold
from domain.layout import CATALOG_KEY
from functions.desk import Desk
from functions.scorer import CHECK_MS, Scorer
from functions.surroundings import LOOK_MS, LiveCatalog, LiveTrends, Surroundings
from functions.users import StoredUser
from tests.conftest import Trained
from tests.functions.faults import Unreachable
from tests.functions.stage import NOW_MS, VOCABULARY, Stage, files_of, record

LOGGER = Logger(service="test")
STATE = fold(EMPTY, record(1, "user-1", "a", "b"), VOCABULARY)


def make(stage: Stage, users: object = None, registry: object = None) -> Desk:
    around = Surroundings(LiveTrends(stage.shelf(), stage.pages()),
                          LiveCatalog(stage.shelf(), stage.items()), LOGGER)
    return Desk(stage.users(users), Scorer(stage.shelf(), stage.registry(registry)), around,
                VOCABULARY, LOGGER)


@pytest.fixture
def serving(stage: Stage, trained: Trained) -> Stage:
    """A model was promoted."""
    assert stage.end_job("first", files_of(trained.folder))["promoted"]
    return stage


def test_the_scene_stays_while_nothing_changed(serving: Stage) -> None:
    desk = make(serving)

    scene = desk.scene(NOW_MS)

    assert scene.version is not None
    assert desk.scene(NOW_MS + LOOK_MS - 1) is scene
    assert desk.scene(NOW_MS + LOOK_MS) is not scene


def test_the_age_of_a_model_is_counted_from_its_promotion(serving: Stage) -> None:
    desk = make(serving)
    assert desk.model_age_h(NOW_MS) is None

    desk.scene(NOW_MS)

    _, since_ms = serving.registry().current() or ("", 0)
    assert desk.model_age_h(since_ms + 7_200_000) == 2.0


def test_a_registry_out_of_reach_leaves_a_scene_without_a_model(stage: Stage) -> None:
    desk = make(stage, registry=Unreachable())

    scene = desk.scene(NOW_MS)

    assert (scene.model, scene.version, scene.base) == (None, None, None)
    assert "kept the model" in [entry.getMessage() for entry in stage.log.records]


def test_a_model_that_vanished_serves_on(serving: Stage) -> None:
    desk = make(serving)
    version = desk.scene(NOW_MS).version
    for key in serving.keys("models/"):
        serving.client("s3").delete_object(Bucket=serving.bucket, Key=key)
    serving.client("dynamodb").delete_table(TableName=serving.setting("models_table"))

    assert desk.scene(NOW_MS + CHECK_MS).version == version


def test_a_model_that_is_broken_leaves_lists_without_it(serving: Stage) -> None:
    for key in serving.keys("models/"):
        serving.shelf().put(key, b"broken")

    assert make(serving).scene(NOW_MS).version is None


def test_a_damaged_catalogue_leaves_an_empty_one(stage: Stage) -> None:
    stage.shelf().put(CATALOG_KEY, b"damaged")

    assert len(make(stage).scene(NOW_MS).catalog) == 0


def test_a_state_is_read(stage: Stage) -> None:
    stage.users().put("user-1", STATE, StoredUser())

    assert make(stage).state("user-1") == STATE
    assert make(stage).state("user-2") == EMPTY


def test_who_is_erased_has_no_history(stage: Stage) -> None:
    stage.users().put("user-1", STATE, StoredUser())
    stage.users().erase("user-1", NOW_MS)

    assert make(stage).state("user-1") == EMPTY


def test_a_state_that_cannot_be_read_is_done_without(stage: Stage) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "state": {"B": b"\x09"},
        "revision": {"N": "1"}})

    assert make(stage).state("user-1") == EMPTY
    assert make(stage, users=Unreachable()).state("user-2") == EMPTY
    assert len([e for e in stage.log.records if e.getMessage() == "without history"]) == 2
    assert all("user-1" not in line for line in stage.logged())
