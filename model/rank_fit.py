"""Lessons -> a trained second stage: the order by what came next, the chances by what came."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from model.lessons import Lessons
from model.rankers import RankNet

EPOCHS, PATIENCE, BATCH = 6, 2, 16
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-4
OUTCOMES = 10.0  # of the loss of chances, beside that of the order: both are of one size then
ASIDE = -1e9  # logit of what is not asked about


class Course(NamedTuple):
    """epochs: until the best.   losses: of the order on what ends the training, epoch by epoch."""

    epochs: int
    losses: list[float]


def fit_ranker(
    learned: Lessons, settling: Lessons, items: Tensor, name: str, seed: int
) -> tuple[RankNet, Course]:
    """Train until the order of `settling` no longer improves; the network ends at its best.

    items: (rows, D).   cost: a minute of CPU for 4,000 moments.
    """
    torch.manual_seed(seed)
    told = learned.features[learned.rows > 0]
    net = RankNet(name, items.shape[1], learned.outcomes.shape[-1], told)
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * -(-len(learned.rows) // BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps, pct_start=0.1)
    losses, best = list[float](), net.state_dict()
    for _ in tqdm(range(EPOCHS), desc="second stage", unit="epoch", disable=None):
        _epoch(net, learned, items, optimizer, pace)
        found = _order_loss(logits_of(net, settling, items)[..., 0], settling)
        losses.append(round(found.item(), 5))
        if losses[-1] == min(losses):
            best = {key: value.clone() for key, value in net.state_dict().items()}
        elif len(losses) - losses.index(min(losses)) > PATIENCE:
            break
    net.load_state_dict(best)
    return net.eval(), Course(losses.index(min(losses)) + 1, losses)


def logits_of(net: RankNet, asked: Lessons, items: Tensor) -> Tensor:
    """(M, C, 1 + H) what the network says."""
    with torch.no_grad():
        return torch.cat([net.eval()(features, users, items[rows]) for features, users, rows in zip(
            *(torch.split(part, BATCH) for part in (asked.features, asked.users, asked.rows)),
            strict=True)])


def _epoch(
    net: RankNet, learned: Lessons, items: Tensor, optimizer: torch.optim.Optimizer,
    pace: torch.optim.lr_scheduler.OneCycleLR,
) -> None:
    net.train()
    for chosen in torch.split(torch.randperm(len(learned.rows)), BATCH):
        batch = Lessons(*(part[chosen] for part in learned))
        logits = net(batch.features, batch.users, items[batch.rows])
        loss = _order_loss(logits[..., 0], batch) + OUTCOMES * _chance_loss(logits[..., 1:], batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        pace.step()


def _order_loss(logits: Tensor, batch: Lessons) -> Tensor:
    """Cross entropy of what came next among what is fresh, over moments of which it is known."""
    told = logits.masked_fill(~batch.fresh, ASIDE).log_softmax(1)
    came = batch.next.sum(1)
    lost = -(batch.next * told).sum(1) / came.clamp_min(1)
    return lost.sum() / (came > 0).sum().clamp_min(1)


def _chance_loss(logits: Tensor, batch: Lessons) -> Tensor:
    """Cross entropy of every outcome, over the pairs of which it is known."""
    known = (batch.rows > 0).unsqueeze(-1) & ~batch.outcomes.isnan()
    lost = functional.binary_cross_entropy_with_logits(
        logits, batch.outcomes.nan_to_num(), reduction="none") * known
    found: Tensor = (lost.sum((0, 1)) / known.sum((0, 1)).clamp_min(1)).sum()
    return found
