"""A network and what changes it, batch by batch."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.config import TrainConfig
from model.examples import Examples
from model.families import DOT_PRODUCTS, encoder
from model.loss import drawn, next_item_loss
from model.network import ItemTower
from model.place import Place
from model.ranks import Ranks

WARM_UP = 0.1  # of the run
POOL = 50  # batches


class DivergedError(ArithmeticError):
    """The loss is no number any more: the learning rate is too high."""


class Network(nn.Module):
    """Both halves of the model, trained together."""

    def __init__(self, config: TrainConfig, content: Tensor, n_labels: int, n_learned: int) -> None:
        super().__init__()
        self.tower = ItemTower(config, content, n_labels, n_learned,
                               unit=config.model not in DOT_PRODUCTS)
        self.encoder = encoder(config)

    def forward(self, rows: Tensor, ages_s: Tensor, types: Tensor) -> Tensor:
        """(B, T) each -> (B, T, D) user vectors."""
        users: Tensor = self.encoder(self.tower(rows), ages_s, types)
        return users


class Learner:
    """A network, and what changes it."""

    def __init__(
        self, network: Network, data: Examples, config: TrainConfig, place: Place, ranks: Ranks
    ) -> None:
        self._network, self._data, self._config = network, data, config
        self._place, self._ranks = place, ranks
        self._forward, self._scaler = place.forward_of(network), place.scaler()
        self._optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate,
                                            weight_decay=config.weight_decay)

    @property
    def learning_rate(self) -> float:
        """Of the last batch."""
        return float(self._optimizer.param_groups[0]["lr"])

    def standing(self) -> dict[str, Any]:
        """All that going on takes, but where: chance begins anew at every stretch."""
        return {"network": self._network.state_dict(), "optimizer": self._optimizer.state_dict(),
                "scaler": self._scaler.state_dict()}

    def go_on(self, saved: dict[str, Any]) -> None:
        """From what `standing` told."""
        self._network.load_state_dict(saved["network"])
        self._optimizer.load_state_dict(saved["optimizer"])
        self._scaler.load_state_dict(saved["scaler"])

    def order(self, epoch: int) -> list[Tensor]:
        """The batches of an epoch, whatever came before it, and the same on all ranks."""
        torch.manual_seed(self._config.seed + epoch)
        return alike(self._data.lengths, self._config.batch_size)

    def learn(self, epoch: int, batches: Sequence[Tensor], first: int, most: int) -> list[float]:
        """The losses of a stretch of the epoch's batches."""
        if first or not self._ranks.leads:
            seeds = np.random.SeedSequence([self._config.seed, epoch, first, self._ranks.rank])
            torch.manual_seed(int(seeds.generate_state(1, np.uint64)[0]))
        self._network.train()
        losses = []
        for number, chosen in enumerate(batches[first:first + most], start=first):
            done = (epoch + (number + 0.5) / len(batches)) / self._config.epochs
            for group in self._optimizer.param_groups:
                group["lr"] = self._config.learning_rate * _pace(done)  # never 0
            losses.append(self._step(chosen))
            if not math.isfinite(losses[-1]):
                raise DivergedError(f"the loss is {losses[-1]} in epoch {epoch + 1}: "
                                    f"learning_rate {self._config.learning_rate} is too high")
        return losses

    def _step(self, chosen: Tensor) -> float:
        """Learn of one batch, each rank of its share; answers with the loss of the whole."""
        self._optimizer.zero_grad()
        loss = self._backward(chosen)
        self._ranks.add([loss, *(p.grad for p in self._network.parameters() if p.grad is not None)])
        self._scaler.unscale_(self._optimizer)
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return loss.item()

    def _backward(self, chosen: Tensor) -> Tensor:
        """This rank's part of the mean loss of the batch; its gradients are left behind."""
        mine, network = self._ranks.share(chosen), self._network
        part = self._data.asked(mine) / self._data.asked(chosen)
        if not len(mine):  # all ranks take the same steps, also where a batch is too small for that
            mine = chosen[:1]
        *seen, targets, strengths = (each.to(self._place.device) for each in self._data.cut(mine))
        with self._place.precision():
            users = self._forward(*seen)
            others = self._ranks.same(drawn(network.tower, self._config))
            loss = part * next_item_loss(users, targets, strengths, network.tower, others,
                                         self._config)
        torch.autograd.backward(self._scaler.scale(loss))
        return loss.detach()


def alike(lengths: Tensor, size: int) -> list[Tensor]:
    """Places of all windows in batches of about one length, in an order of chance.

    Windows are put in order among `POOL` batches at a time, so that who meets whom still changes.
    """
    batches = [
        batch for pool in torch.split(torch.randperm(len(lengths)), POOL * size)
        for batch in torch.split(pool[torch.argsort(lengths[pool], stable=True)], size)]
    return [batches[place] for place in torch.randperm(len(batches)).tolist()]


def _pace(done: float) -> float:
    """Share of the full learning rate: up in the first tenth, then down along a cosine.

    source: Loshchilov & Hutter 2017 (SGDR), one cycle with warm-up.
    """
    return done / WARM_UP if done < WARM_UP else (1 + math.cos(math.pi * done)) / 2
