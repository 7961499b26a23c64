"""An earlier network learns little, and ends as one like all others."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.adapt import add_in, let_few_learn, share_that_learns
from model.config import MODELS
from model.families import COUNTED
from model.learner import Network
from tests.model.scene import SMALL, network

KNOWN = torch.tensor([False, *[True] * 15, *[False] * 5])  # of 20 rows, and padding
WINDOW = (torch.tensor([[0, 3, 17, 4]]), torch.tensor([[0, 30, 20, 10]]), torch.full((1, 4), 2))


def learn(made: Network, steps: int = 3) -> None:
    """Something that would move every weight."""
    optimizer = torch.optim.AdamW(
        [part for part in made.parameters() if part.requires_grad], 0.05)
    chance = torch.Generator().manual_seed(1)
    for _ in range(steps):
        loss = (made(*WINDOW)[:, 1:] * torch.randn(SMALL.width, generator=chance)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.fixture
def before() -> Network:
    return network().eval()


def test_nothing_is_changed_before_anything_is_learned(before: Network) -> None:
    said = before(*WINDOW)

    let_few_learn(before, 2, KNOWN)

    assert torch.equal(before(*WINDOW), said)


def test_what_was_known_stays_and_what_is_new_learns(before: Network) -> None:
    vectors = before.tower.identity.weight.detach().clone()
    let_few_learn(before, 2, KNOWN)

    learn(before)
    add_in(before)

    moved = (before.tower.identity.weight != vectors).any(dim=1)
    assert torch.equal(torch.nonzero(moved).flatten(), torch.tensor([17]))  # new, and in the window


def test_a_map_moves_by_no_more_than_its_rank(before: Network) -> None:
    maps = {name: part.detach().clone() for name, part in before.encoder.named_parameters()}
    let_few_learn(before, 2, KNOWN)

    learn(before)
    add_in(before)

    moved = {name: part.detach() - maps[name] for name, part in before.encoder.named_parameters()}
    ranks = {name: int(np.linalg.matrix_rank(by.numpy(), tol=1e-5))
             for name, by in moved.items() if by.any()}
    assert ranks
    assert all(name.endswith("weight") and rank <= 2 for name, rank in ranks.items())


def test_what_is_added_in_says_what_it_said_and_has_the_shape_of_any_other(
    before: Network,
) -> None:
    let_few_learn(before, 2, KNOWN)
    learn(before)
    said = before.eval()(*WINDOW)

    add_in(before)

    assert torch.allclose(before(*WINDOW), said, atol=1e-6)
    assert before.state_dict().keys() == network().state_dict().keys()
    assert all(part.requires_grad for part in before.parameters())


def test_a_network_without_additions_has_nothing_to_add_in(before: Network) -> None:
    weights = {name: part.clone() for name, part in before.state_dict().items()}

    add_in(before)

    assert all(torch.equal(part, weights[name]) for name, part in before.state_dict().items())


def test_the_share_that_learns_is_counted(before: Network) -> None:
    assert share_that_learns(before) == 1.0

    let_few_learn(before, 1, torch.cat([KNOWN[:1], torch.ones(20, dtype=torch.bool)]))

    assert 0 < share_that_learns(before) < 0.35


@pytest.mark.parametrize("model", [name for name in MODELS if name not in COUNTED])
def test_every_family_that_learns_can_learn_little(model: str) -> None:
    made = network(replace(SMALL, model=model))

    let_few_learn(made, 1, KNOWN)
    learn(made, steps=1)
    add_in(made)

    assert torch.isfinite(made.eval()(*WINDOW)).all()
