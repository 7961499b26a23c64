"""While a model is rolled out a copy holds both, and never a third."""

from pathlib import Path

import pytest

from domain.artifact import ENCODER, ArtifactError
from domain.rollout import Rollout
from functions.registry import entry_of
from functions.scorer import CHECK_MS, Scorer
from functions.shelf import model_key
from tests.conftest import Trained
from tests.functions.artifacts import flipped, promote, variant, version_of
from tests.functions.stage import NOW_MS, Stage

LATER_MS = NOW_MS + CHECK_MS


class Shop:
    """The first of three models serves."""

    def __init__(self, stage: Stage, trained: Trained, folder: Path) -> None:
        self.stage, self._trained, self._folder = stage, trained, folder
        self.versions = [variant(trained.folder, folder / str(n), created_at=str(n))
                         for n in range(3)]
        promote(stage, folder / "0", self.versions[0], trained, NOW_MS)

    def roll_out(self, n: int, at_ms: int) -> Rollout:
        """Another model, placed and begun with."""
        version, registry = self.versions[n], self.stage.registry()
        self.stage.shelf().put_model(self._folder / str(n), version)
        registry.record(entry_of(version, self._trained.card, f"job-{n}", [], at_ms))
        rollout, pointer = Rollout(version, 0.1, at_ms, at_ms), registry.pointer()
        assert pointer
        assert registry.roll_out(pointer, rollout)
        return rollout


@pytest.fixture
def shop(stage: Stage, trained: Trained, tmp_path: Path) -> Shop:
    return Shop(stage, trained, tmp_path)


def scorer(shop: Shop, *, rolls_out: bool = True) -> Scorer:
    return Scorer(shop.stage.shelf(), shop.stage.registry(), rolls_out=rolls_out)


def both(found: Scorer, now_ms: int) -> tuple[str | None, str | None]:
    """Versions of what serves and of the candidate, when nothing is on its way any more."""
    served = version_of(found, now_ms)
    while found.is_loading:
        served = version_of(found, now_ms)
    return served, found.candidate.version if found.candidate else None


def test_a_candidate_is_loaded_beside_what_serves(shop: Shop) -> None:
    found = scorer(shop)
    assert both(found, NOW_MS) == (shop.versions[0], None)
    assert found.rollout is None

    rollout = shop.roll_out(1, NOW_MS + 1)

    assert both(found, LATER_MS) == (shop.versions[0], shop.versions[1])
    assert found.rollout == rollout


def test_a_new_copy_loads_what_serves_first_and_waits_for_no_look_to_go_on(shop: Shop) -> None:
    shop.roll_out(1, NOW_MS + 1)
    found = scorer(shop)

    assert version_of(found, LATER_MS) == shop.versions[0]
    assert found.candidate is None
    assert both(found, LATER_MS + 1) == (shop.versions[0], shop.versions[1])


def test_what_reached_everybody_is_not_loaded_again(shop: Shop) -> None:
    shop.roll_out(1, NOW_MS + 1)
    found = scorer(shop)
    both(found, LATER_MS)
    candidate = found.candidate
    shop.stage.registry().point(shop.versions[1], NOW_MS + 2)

    assert both(found, LATER_MS + CHECK_MS) == (shop.versions[1], None)

    assert candidate
    assert found.loaded
    assert found.loaded.recommender is candidate.recommender
    assert found.loaded.since_ms == NOW_MS + 2


def test_what_was_taken_back_is_let_go_at_the_next_look(shop: Shop) -> None:
    shop.roll_out(1, NOW_MS + 1)
    found = scorer(shop)
    both(found, LATER_MS)
    shop.stage.registry().point(shop.versions[0], NOW_MS + 2)

    assert both(found, LATER_MS + CHECK_MS) == (shop.versions[0], None)
    assert found.rollout is None


def test_the_next_candidate_takes_the_place_of_the_last_one(shop: Shop) -> None:
    shop.roll_out(1, NOW_MS + 1)
    found = scorer(shop)
    both(found, LATER_MS)
    shop.roll_out(2, NOW_MS + 2)

    version_of(found, LATER_MS + CHECK_MS)

    assert found.candidate is None or found.candidate.version == shop.versions[2]
    assert both(found, LATER_MS + CHECK_MS) == (shop.versions[0], shop.versions[2])


def test_a_candidate_that_is_not_whole_leaves_what_serves_and_is_named(shop: Shop) -> None:
    rollout = shop.roll_out(1, NOW_MS + 1)
    key = model_key(shop.versions[1], ENCODER)
    data = shop.stage.shelf().get(key) or b""
    shop.stage.shelf().put(key, flipped(data, len(data) // 2))
    found = scorer(shop)
    version_of(found, LATER_MS)

    with pytest.raises(ArtifactError):
        both(found, LATER_MS + 1)

    assert found.breaks == rollout.candidate
    assert both(found, LATER_MS + 2) == (shop.versions[0], None)


def test_who_holds_no_candidates_goes_with_the_last_step(shop: Shop) -> None:
    shop.roll_out(1, NOW_MS + 1)
    found = scorer(shop, rolls_out=False)

    assert both(found, LATER_MS) == (shop.versions[0], None)
    assert found.rollout is None
