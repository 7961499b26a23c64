"""What a training says it learned from, beside what the current model said."""

from pathlib import Path

import pytest

from domain.artifact import CARD, ModelCard, judge
from domain.drift import BEFORE, LEARNED_FROM, Makeup
from local import planted
from model.makeup import said_of
from tests.conftest import Trained

USUAL = Makeup({"click": 1.0}, 0.1, 48, 1.0, (0.5, 0.6, 0.7))


def test_a_card_tells_what_the_log_and_the_catalogue_held(trained: Trained) -> None:
    found = Makeup.of(trained.card.config)

    assert found is not None
    assert found.types == {"click": 1.0}
    assert (found.items, found.touched) == (planted.RINGS * planted.RING, 1.0)
    assert 0.05 < found.newest < 0.2  # who comes, comes evenly
    assert 0 < found.scores[0] <= found.scores[1] <= found.scores[2] <= 1
    assert BEFORE not in trained.card.config
    assert judge(trained.card) == []


def current(trained: Trained, folder: Path, **said: object) -> Path:
    """The folder of a model whose card says that."""
    config = {**trained.card.config, **said}
    (folder / CARD).write_text(trained.card._replace(config=config).to_json())
    return folder


def test_what_the_current_model_said_stands_beside_it_and_what_moved_is_noted(
    trained: Trained, tmp_path: Path
) -> None:
    before = USUAL._replace(newest=0.5)

    said, notes = said_of(USUAL, current(trained, tmp_path, learned_from=before.to_config()))

    assert said == {LEARNED_FROM: USUAL.to_config(), BEFORE: before.to_config()}
    assert [note.partition(" has ")[0] for note in notes] == ["the newest tenth of the time"]


@pytest.mark.parametrize("said", [None, {"in": "other words"}])
def test_a_current_model_that_says_nothing_is_not_compared_with(
    trained: Trained, tmp_path: Path, said: object
) -> None:
    assert said_of(USUAL, current(trained, tmp_path, learned_from=said)) == (
        {LEARNED_FROM: USUAL.to_config()}, ())


def test_without_a_current_model_there_is_nothing_beside_it() -> None:
    assert said_of(USUAL, None) == ({LEARNED_FROM: USUAL.to_config()}, ())


def test_a_card_whose_input_moved_is_not_promoted(trained: Trained) -> None:
    was = USUAL._replace(items=1000).to_config()

    card: ModelCard = trained.card._replace(config={**trained.card.config, BEFORE: was})

    assert judge(card) == ["the catalogue shrank from 1,000 to 48 items"]
