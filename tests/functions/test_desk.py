"""What is at hand between requests; whatever cannot be read is done without."""

from typing import Any

import pytest

from domain import metric
from domain.artifact import ArtifactError
from domain.budget import Budget, Budgets
from domain.calls import Both
from domain.catalog import Item
from domain.features import EMPTY, Interaction, UserState
from domain.packing import PackingError
from domain.recommender import Recommender
from domain.rollout import SHADOW, Rollout
from domain.snapshot import EMPTY as NO_ITEMS
from functions.desk import FAILURES, REST_MS, Desk
from functions.scorer import Loaded, open_model
from functions.sides import Told
from functions.surroundings import SPENT_S
from functions.users import StoredUser
from tests.conftest import Trained
from tests.domain.counted import calls
from tests.functions.at_hand import Around, OneModel, OneUser, desk
from tests.functions.faults import client_error
from tests.functions.outage import Clock
from tests.functions.stage import NOW_MS, Stage, record

FAULTS = [client_error("InternalServerError", "GetItem"), ArtifactError("a file is missing"),
          OSError(28, "No space left on device"), MemoryError("no room for a second model")]


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


def test_a_pool_is_made_once_until_something_changes() -> None:
    around = Around(NO_ITEMS.updated([Item("a", {"item_id": "a"}, NOW_MS)]))
    found = desk(around=around, budgets=Budgets({"similar": Budget(0.2), "slates.b": Budget()}))

    first, second = (found.exploring(name, NOW_MS, "similar") for name in ("x", "y"))
    around.changed = True
    found.scene(NOW_MS)
    third = found.exploring("z", NOW_MS, "similar")

    assert first
    assert second
    assert third
    assert second.pool is first.pool is not third.pool
    assert (second.budget, second.seed) == (Budget(0.2), "y")
    assert len(first.pool.keys) == 1
    assert found.exploring("x", NOW_MS, "slates", "a") is None


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
    found, heavy = desk(scorer=scorer, around=around), {"graph": 9.0}

    first, again = found.scene_of(heavy, NOW_MS, "u"), found.scene_of(heavy, NOW_MS + 1, "u")
    plain = found.scene_of({}, NOW_MS + 1, "u")
    around.changed = True
    later = found.scene_of(heavy, NOW_MS + 2, "u")

    assert again is first
    assert plain is not first
    assert later is not first
    assert later.model is not None
    assert later.model.card.blend.graph == 9.0


@pytest.mark.parametrize("error", FAULTS, ids=["service", "artifact", "disk", "memory"])
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


@pytest.mark.parametrize("error", FAULTS, ids=["service", "artifact", "disk", "memory"])
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


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_table_that_fails_is_left_alone_for_a_while(clock: Clock) -> None:
    users = OneUser(client_error("InternalServerError", "GetItem"))
    found = desk(users, clock=clock)

    for _ in range(10):
        assert found.state("user-1") == EMPTY

    assert users.asked == FAILURES
    assert found.troubles == {metric.STATES_UNREAD: 10}
    clock.now_s += REST_MS / 1000
    for _ in range(10):
        found.state("user-1")
    assert users.asked == FAILURES + 1


def test_a_table_that_answers_again_is_asked_by_everybody(clock: Clock) -> None:
    users = OneUser(client_error("InternalServerError", "GetItem"))
    found = desk(users, clock=clock)
    for _ in range(FAILURES):
        found.state("user-1")
    users.stored = StoredUser()
    clock.now_s += REST_MS / 1000

    for _ in range(10):
        found.state("user-1")

    assert users.asked == FAILURES + 10


def test_a_state_that_nobody_can_read_says_nothing_of_the_table(clock: Clock) -> None:
    users = OneUser(PackingError("damaged"))
    found = desk(users, clock=clock)

    for _ in range(10):
        found.state("user-1")

    assert users.asked == 10
    assert found.troubles == {metric.STATES_UNREAD: 10}


def test_whoever_wakes_asks_though_the_table_rests(clock: Clock) -> None:
    users, around = OneUser(client_error("InternalServerError", "GetItem")), Around()
    found = desk(users, around=around, clock=clock)
    for _ in range(FAILURES):
        found.state("user-1")

    found.wake()
    found.state("user-1")

    assert users.asked == FAILURES + 1


@pytest.mark.parametrize(("took_s", "is_late"), [(SPENT_S / 2, False), (SPENT_S * 2, True)])
def test_after_a_model_that_was_waited_for_nothing_else_is(
    clock: Clock, took_s: float, is_late: bool
) -> None:
    class Slow(OneModel):
        def current(self, now_ms: int) -> Loaded | None:
            clock.now_s += took_s
            return None

    around = Around()

    desk(scorer=Slow(), around=around, clock=clock).scene(NOW_MS)

    assert around.was_late == is_late


ROLLOUT = Rollout("v2", 0.5, NOW_MS, NOW_MS)
ON, OFF = (next(name for name in map(str, range(99)) if ROLLOUT.takes(name) == wanted)
           for wanted in (True, False))


class Broken:
    """A model of which nothing can be read."""

    content = None

    def live(self, _: object) -> None:
        """As `Recommender.live`."""
        raise ValueError("no trends fit")


def broken(found: Desk) -> None:
    """A list for somebody that breaks."""
    found.scene(NOW_MS, OFF)
    raise IndexError("no such row")


def rolling(model: Recommender, around: Around | None = None) -> tuple[Desk, OneModel]:
    """v2 comes to half of the users, beside v1."""
    scorer = OneModel(Loaded("v1", NOW_MS, model), Loaded("v2", NOW_MS, model), ROLLOUT)
    return desk(scorer=scorer, around=around), scorer


def test_a_user_sees_the_candidate_or_the_model_before_and_nobody_the_latter(
    model: Recommender
) -> None:
    found, _ = rolling(model)

    assert found.scene(NOW_MS, ON).version == "v2"
    assert found.scene(NOW_MS, OFF).version == "v1"
    assert found.scene(NOW_MS).version == "v1"
    assert found.sides.rollout == ROLLOUT


def test_a_candidate_in_the_shadow_is_shown_to_nobody_and_counts_no_call_of_its_own(
    model: Recommender
) -> None:
    found, scorer = rolling(model)
    unseen = scorer.rollout = ROLLOUT._replace(share=SHADOW, sample=0.5)

    with found.watching():
        assert found.scene(NOW_MS, ON).version == "v1"
        found.made(EMPTY, fallback=False, empty=False, now_ms=NOW_MS)

    assert found.sides.due() is None
    assert (found.unseen(ON), found.unseen(OFF)) == (unseen, None)
    assert [scene and scene.version for scene in (
        found.candidate_of({}, NOW_MS), found.candidate_of({"graph": 2.0}, NOW_MS))] == ["v2"] * 2


def test_who_heard_of_harm_stays_with_the_model_before_and_makes_no_second_list(
    model: Recommender
) -> None:
    found, scorer = rolling(model)

    for rollout in (ROLLOUT, ROLLOUT._replace(share=SHADOW, sample=0.5)):
        scorer.rollout = rollout
        assert found.sides.heard(Told(rollout, Both(calls(9, failed=9), calls(900))))
        assert found.scene(NOW_MS, ON).version == "v1"
        assert found.unseen(ON) is None


def test_both_scenes_are_made_once_until_something_changes(model: Recommender) -> None:
    around = Around()
    found, _ = rolling(model, around)
    first = found.scene(NOW_MS, ON), found.scene(NOW_MS, OFF), found.scene_of(
        {"graph": 9.0}, NOW_MS, ON)

    again = found.scene(NOW_MS + 1, ON), found.scene(NOW_MS + 1, OFF), found.scene_of(
        {"graph": 9.0}, NOW_MS + 1, ON)
    around.changed = True
    later = found.scene(NOW_MS + 2, ON), found.scene(NOW_MS + 2, OFF), found.scene_of(
        {"graph": 9.0}, NOW_MS + 2, ON)

    assert all(a is b for a, b in zip(first, again, strict=True))
    assert not any(a is b for a, b in zip(first, later, strict=True))
    assert first[2].version == "v2"


def test_while_the_candidate_is_on_its_way_all_see_the_model_before(model: Recommender) -> None:
    found, scorer = rolling(model)
    scorer.candidate = None

    assert found.scene(NOW_MS, ON).version == "v1"


def test_a_call_is_counted_on_its_side_with_what_became_of_it(
    model: Recommender, clock: Clock
) -> None:
    found, _ = rolling(model)
    clicked = UserState(history=(Interaction(NOW_MS + 1, 7, 2),))
    with found.watching():
        found.scene(NOW_MS, ON)
        found.made(clicked, fallback=True, empty=False, now_ms=NOW_MS + 2)
    found.scene(NOW_MS, OFF)
    with pytest.raises(IndexError), found.watching():
        broken(found)
    with found.watching():
        found.made(clicked, fallback=True, empty=True, now_ms=NOW_MS)

    told = found.sides.due()

    assert told
    new, old = told.seen.candidate, told.seen.stable
    assert (new.calls, sum(new.fallback), sum(new.clicked), sum(new.empty)) == ((1,), 1, 1, 0)
    assert (old.calls, old.failed) == ((1,), (1,))


@pytest.mark.parametrize(("error", "failed"), [(ArtifactError("a file is missing"), (1,)),
                                               (MemoryError("no room"), (1,)), (FAULTS[0], (0,))])
def test_a_candidate_that_is_not_whole_is_at_fault_and_a_world_that_fails_is_not(
    model: Recommender, error: Exception, failed: tuple[int]
) -> None:
    found, scorer = rolling(model)
    scorer.fails, scorer.breaks = error, "v2"

    with found.watching():
        found.scene(NOW_MS, OFF)
        found.made(EMPTY, fallback=False, empty=False, now_ms=NOW_MS)

    told = found.sides.due()
    assert told
    assert told.seen.candidate.failed == failed
    assert told.seen.stable.calls == (1,)


def test_a_candidate_no_scene_can_be_made_of_harms_nobody(model: Recommender) -> None:
    found, scorer = rolling(model)
    broken: Any = Broken()
    scorer.candidate = Loaded("v2", NOW_MS, broken)

    with found.watching():
        served = found.scene(NOW_MS, ON)
        found.made(EMPTY, fallback=False, empty=False, now_ms=NOW_MS)

    told = found.sides.due()
    assert served.version == "v1"
    assert told
    assert (told.seen.candidate.failed, told.seen.stable.calls) == ((1,), (1,))
