"""Networks of pairs: where they begin, what they read, and what each can learn."""

import pytest
import torch

from domain.candidates import FEATURES, SCORE
from model.config import CHOICES
from model.rankers import RANKERS, RankNet

WIDTH, C = 8, 5


def net(name: str, outcomes: int = 2) -> RankNet:
    torch.manual_seed(1)
    return RankNet(name, WIDTH, outcomes, torch.randn(99, len(FEATURES))).eval()


def pairs(batch: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(2)
    return (torch.randn(batch, C, len(FEATURES)), torch.randn(batch, 1, WIDTH),
            torch.randn(batch, C, WIDTH))


def test_the_config_knows_every_ranker() -> None:
    assert CHOICES["ranker"] == ("none", *RANKERS)


@pytest.mark.parametrize("name", RANKERS)
def test_the_order_begins_as_that_of_the_first_stage(name: str) -> None:
    features, users, items = pairs()

    logits = net(name)(features, users, items)

    assert logits.shape == (3, C, 3)
    assert torch.equal(logits.argsort(1)[..., 0], features[..., SCORE].argsort(1))


@pytest.mark.parametrize("name", RANKERS)
def test_a_candidate_is_judged_whatever_stands_beside_it(name: str) -> None:
    made = net(name)
    with torch.no_grad():
        for weight in made.body.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    features, users, items = pairs()

    alone = made(features[:1, :1], users[:1], items[:1, :1])

    torch.testing.assert_close(alone[0, 0], made(features, users, items)[0, 0])


@pytest.mark.parametrize("name", RANKERS)
def test_who_is_asked_changes_what_is_said(name: str) -> None:
    """What matters is a product of the user's and the item's vector."""
    torch.manual_seed(3)
    made = RankNet(name, WIDTH, 1, torch.randn(99, len(FEATURES)))
    optimizer = torch.optim.Adam(made.parameters(), 1e-2)

    for _ in range(150):
        features, users = torch.zeros(32, C, len(FEATURES)), torch.randn(32, 1, WIDTH)
        items = torch.randn(32, C, WIDTH)
        wanted = (users[..., 0] * items[..., 0] > 0).float()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            made(features, users, items)[..., 1], wanted)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()

    assert loss.item() < 0.45  # 0.69 is chance


def test_it_is_small() -> None:
    assert max(sum(weight.numel() for weight in net(name, 4).parameters())
               for name in RANKERS) < 20_000
