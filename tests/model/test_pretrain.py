"""Labels are learned before ids are, and ids not at all meanwhile."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from domain.vocabulary import Vocabulary
from model.examples import Examples, examples
from model.learner import Network
from model.place import Place
from model.pretrain import pretrain
from tests.model.scene import SMALL, history, index_of, network, packed

CONFIG = replace(SMALL, epochs=1, pretrain_epochs=15, id_dropout=0.1, dropout=0.0)
PLACE = Place.of(CONFIG)
ITEMS, LABELS = 20, 4


@pytest.fixture
def made() -> Network:
    """Items whose label tells which fourth they are of."""
    content = torch.tensor([[0], *([1 + n % LABELS] for n in range(ITEMS))])
    return network(CONFIG, items=ITEMS, content=content)


@pytest.fixture
def walks() -> Examples:
    """Whose label comes next is known, which item is as well."""
    made = [history(*((step * 1000, (user + step) % ITEMS + 1) for step in range(12)))
            for user in range(8)]
    return examples(packed(*made), index_of(ITEMS), Vocabulary(), CONFIG.window)


def next_label(data: Examples, made: Network) -> float:
    """How often the right label is nearest, ids masked."""
    tower = made.eval().tower
    with torch.no_grad():
        tower.identity.weight.zero_()
        *seen, targets, _ = data.cut(torch.arange(len(data)))
        asked = targets > 0
        users, labels = made(*seen)[asked], tower(torch.arange(1, LABELS + 1))
    said = (users @ labels.T).argmax(1)
    return float((said == (targets[asked] - 1) % LABELS).float().mean())


def test_what_comes_next_is_learned_of_labels(made: Network, walks: Examples) -> None:
    content = made.tower.get_buffer("content")
    before = next_label(walks, network(CONFIG, items=ITEMS, content=content))

    pretrain(made, walks, CONFIG, None, PLACE)

    assert next_label(walks, made) > max(0.9, before)


def test_ids_stay_as_they_were_and_are_read_again(made: Network, walks: Examples) -> None:
    vectors = made.tower.identity.weight.detach().clone()

    pretrain(made, walks, replace(CONFIG, pretrain_epochs=2, weight_decay=0.0), None, PLACE)

    assert torch.equal(made.tower.identity.weight, vectors)
    assert made.tower.id_dropout == CONFIG.id_dropout


def test_a_run_that_was_interrupted_does_not_begin_anew(
    made: Network, walks: Examples, tmp_path: Path
) -> None:
    config = replace(CONFIG, pretrain_epochs=2)
    pretrain(made, walks, config, tmp_path, PLACE)
    again = network(CONFIG, items=ITEMS, content=made.tower.get_buffer("content"))

    pretrain(again, walks, config, tmp_path, PLACE)

    assert all(torch.equal(part, made.state_dict()[name])
               for name, part in again.state_dict().items())
