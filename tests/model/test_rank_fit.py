"""Training of a second stage on made-up lessons with a rule in them."""

import pytest
import torch

from domain.candidates import FEATURES
from model.lessons import Lessons
from model.rank_fit import fit_ranker, logits_of

C, WIDTH = 6, 4
OWN, PRICE = FEATURES.index("own_lately"), FEATURES.index("price")


def made(moments: int, seed: int, seen: int = 0) -> Lessons:
    """The dearest comes next; what the user had lately is clicked; the last candidate is none."""
    torch.manual_seed(seed)
    features = torch.rand(moments, C, len(FEATURES))
    rows = torch.arange(1, C + 1).repeat(moments, 1)
    rows[:, -1] = 0
    fresh = rows > seen
    price = features[..., PRICE].masked_fill(~fresh, -1)
    came = torch.nn.functional.one_hot(price.argmax(1), C).float()
    clicked = (features[..., OWN] > 0.7).float().unsqueeze(-1)
    value = torch.where(clicked > 0, 0.9, torch.nan)
    return Lessons(torch.randn(moments, 1, WIDTH), rows, features, fresh, came,
                   torch.cat([clicked, value], dim=-1))


@pytest.fixture(scope="module")
def items() -> torch.Tensor:
    return torch.randn(C + 1, WIDTH)


@pytest.mark.parametrize("name", ["dcn", "deepfm"])
def test_order_and_chances_are_learned_at_once(name: str, items: torch.Tensor) -> None:
    net, course = fit_ranker(made(700, 1), made(100, 2), items, name, seed=1)

    asked = made(200, 3)
    logits = logits_of(net, asked, items)
    best = logits[..., 0].masked_fill(~asked.fresh, -99).argmax(1)
    assert (best == asked.next.argmax(1)).float().mean() > 0.7
    clicked = asked.outcomes[..., 0] > 0
    real = asked.rows > 0
    chances = logits[..., 1].sigmoid()
    assert chances[clicked & real].mean() > 0.6 > 0.25 > chances[~clicked & real].mean()
    assert logits[..., 2].sigmoid()[clicked & real].mean() == pytest.approx(0.9, abs=0.08)
    assert 1 <= course.epochs <= len(course.losses)


def test_the_same_seed_gives_the_same_network(items: torch.Tensor) -> None:
    one, other = (fit_ranker(made(64, 1), made(32, 2), items, "dcn", seed=4)[1] for _ in range(2))

    assert one == other


def test_what_was_seen_is_no_rival_of_what_comes_next(items: torch.Tensor) -> None:
    learned, settling = made(64, 1, seen=2), made(32, 2, seen=2)

    _, course = fit_ranker(learned, settling, items, "dcn", seed=1)

    assert course.losses[0] < 1.6  # of three rivals, log 3 is 1.1
