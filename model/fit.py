"""Training windows -> a trained tower and encoder: the loop, early stopping, checkpoints."""

import hashlib
import logging
import math
import os
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from domain.row import Floats, RowIndex
from domain.vocabulary import Vocabulary
from domain.window import Window, encode, pad
from model.config import TrainConfig
from model.dataset import DatasetError, History
from model.families import DOT_PRODUCTS, encoder
from model.loss import next_item_loss
from model.network import ItemTower
from model.ties import shuffled

CHECKPOINT = "last.pt"
WARM_UP = 0.1  # of the run
POOL = 50  # batches
log = logging.getLogger(__name__)
Score = Callable[[], float]


class DivergedError(ArithmeticError):
    """The loss is no number any more: the learning rate is too high."""


class CheckpointError(ValueError):
    """A run cannot go on from what its checkpoint folder holds."""


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


class Course(NamedTuple):
    """How a training went. epochs: until the best one.   epoch_log: [epoch, loss, validation]."""

    epochs: int
    epoch_log: list[list[float]]


class Epoch(NamedTuple):
    """What an epoch ended with. number: from 1. validation: ndcg@10."""

    number: int
    loss: float
    validation: float
    learning_rate: float


Watch = Callable[[Epoch], object]


class Examples(NamedTuple):
    """(M, T) int64 each: the windows of all users, and the row that came next at every place.

    strengths: (M, T) float32 how much what was done next says of taste.
    """

    rows: Tensor
    ages_s: Tensor
    types: Tensor
    targets: Tensor
    strengths: Tensor


def examples(
    histories: list[History], index: RowIndex, vocabulary: Vocabulary, length: int, seed: int = 0
) -> Examples:
    """Cut histories into windows of `length`, each seen from the moment of its last target.

    raises: DatasetError, when nobody did two things of which the second was liked.
    """
    likes = sorted(vocabulary.liking)
    cut, chance = [], np.random.default_rng(seed)
    for history in (shuffled(whole, chance) for whole in histories):
        for end in range(len(history), 1, -length):
            piece = history[max(0, end - length - 1):end]
            window = encode(piece, index, vocabulary, piece[-1].at_ms, length + 1)
            answers = np.where(np.isin(window.types[1:], likes), window.rows[1:], 0)
            if answers.any():
                seen = pad(Window(*(part[:-1] for part in window)), length)
                said = _strengths(piece, index, vocabulary)[1:]
                cut.append((*seen, *(np.pad(part, (length - len(answers), 0))
                                     for part in (answers, said))))
    if not cut:
        raise DatasetError("no user liked anything after another event: there is nothing to learn")
    return Examples(*(torch.from_numpy(np.stack(column)) for column in zip(*cut, strict=True)))


def _strengths(history: History, index: RowIndex, vocabulary: Vocabulary) -> Floats:
    """(T,) float32 of what a window of this history holds."""
    return np.array([vocabulary.strength(e.type, e.value) for e in history
                     if e.type in vocabulary.speaking and index.row(e.item)], np.float32)


def fit(
    network: Network, data: Examples, config: TrainConfig, score: Score,
    checkpoints: Path | None, watch: Watch | None = None,
) -> Course:
    """Train until validation no longer improves; the network ends at its best.

    score: validation, higher is better. watch: is told of every epoch. checkpoints: to go on from.
    raises: CheckpointError, when that is unreadable or of another config; DivergedError.
    """
    optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate,
                                  weight_decay=config.weight_decay)
    made_of = {"config": asdict(replace(config, max_minutes=0.0)), "data": _digest(network, data)}
    state = _resume(network, optimizer, made_of, checkpoints)
    started = time.monotonic()
    epochs = tqdm(range(state["epoch"], config.epochs), desc="training", unit="epoch",
                  initial=state["epoch"], total=config.epochs, disable=None)
    for epoch in epochs:
        settled = state["epoch"] - 1 - state["best_epoch"] >= config.patience
        if settled or 0 < config.max_minutes * 60 < time.monotonic() - started:
            break
        loss = _epoch(network, optimizer, data, config, epoch)
        found = score()
        if found > state["best"]:
            state.update(best=found, best_epoch=epoch, weights=_copy(network))
        state["epoch"] = epoch + 1
        state["epoch_log"].append([epoch + 1, loss, found])
        epochs.set_postfix(loss=f"{loss:.3f}", validation=f"{found:.4f}")
        _save({"made_of": made_of, "network": network.state_dict(),
               "optimizer": optimizer.state_dict(), "state": state}, checkpoints)
        if watch:
            watch(Epoch(epoch + 1, loss, found, optimizer.param_groups[0]["lr"]))
    network.load_state_dict(state["weights"])
    return Course(int(state["best_epoch"]) + 1, state["epoch_log"])


def _epoch(
    network: Network, optimizer: torch.optim.Optimizer, data: Examples, config: TrainConfig,
    epoch: int,
) -> float:
    network.train()
    torch.manual_seed(config.seed + epoch)  # order and dropout of an epoch do not hang on the past
    losses, device = [], network.tower.identity.weight.device
    lengths = (data.rows > 0).sum(1)
    batches = alike(lengths, config.batch_size)
    for number, chosen in enumerate(batches):
        pace = _pace((epoch + (number + 0.5) / len(batches)) / config.epochs)  # never 0
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * pace
        longest = int(lengths[chosen].max())  # short windows need no long batch
        *seen, targets, strengths = (part[chosen, -longest:].to(device) for part in data)
        loss = next_item_loss(network(*seen), targets, strengths, network.tower, config)
        if not math.isfinite(loss.item()):
            raise DivergedError(f"the loss is {loss.item()} in epoch {epoch + 1}: "
                                f"learning_rate {config.learning_rate} is too high")
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


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


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _digest(network: Network, data: Examples) -> str:
    """What rows mean and what was learned from them, so that no other log's weights are taken."""
    found = hashlib.sha256()
    for part in (*data, network.tower.get_buffer("content")):
        found.update(f"{tuple(part.shape)}".encode() + part.cpu().numpy().tobytes())
    return found.hexdigest()


def _resume(
    network: Network, optimizer: torch.optim.Optimizer, made_of: dict[str, Any],
    checkpoints: Path | None,
) -> dict[str, Any]:
    fresh = {"epoch": 0, "best": -1.0, "best_epoch": 0, "weights": _copy(network),
             "epoch_log": []}
    if checkpoints is None or not (checkpoints / CHECKPOINT).exists():
        return fresh
    saved = _load(checkpoints / CHECKPOINT)
    if saved["made_of"]["config"] != made_of["config"]:
        raise CheckpointError(f"the checkpoint in {checkpoints} is of another config")
    if saved["made_of"]["data"] != made_of["data"]:  # a log grows while a spot job waits
        log.warning("the log has changed since the checkpoint: training begins again")
        return fresh
    network.load_state_dict(saved["network"])
    optimizer.load_state_dict(saved["optimizer"])
    return fresh | dict(saved["state"])


def _load(path: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(path, "cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} is damaged: remove it to begin again") from error
    if "made_of" not in saved:
        raise CheckpointError(f"{path} is of another version: remove it to begin again")
    return saved


def _save(saved: dict[str, Any], checkpoints: Path | None) -> None:
    """Aside, then renamed: a run stopped in the middle of writing leaves the one before."""
    if checkpoints is None:
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    aside = checkpoints / f"{CHECKPOINT}.new"
    torch.save(saved, aside)
    os.replace(aside, checkpoints / CHECKPOINT)
