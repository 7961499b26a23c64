"""Training windows -> a trained tower and encoder: epoch after epoch, and when to stop."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from torch import Tensor
from tqdm import tqdm

from model.checkpoint import Checkpoints, digest
from model.config import TrainConfig
from model.examples import Examples
from model.learner import Learner, Network
from model.place import Place
from model.ranks import ALONE, Ranks

Score = Callable[[], float]
State = dict[str, Any]


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


def fit(
    network: Network, data: Examples, config: TrainConfig, score: Score, checkpoints: Checkpoints,
    place: Place, ranks: Ranks = ALONE, watch: Watch | None = None,
) -> Course:
    """Train until validation no longer improves; the network ends at its best.

    score: validation, higher is better; only the first of the ranks asks it, and tells `watch`.
    raises: CheckpointError, when that is unreadable or of another config; DivergedError.
    """
    learner = Learner(network, data, config, place, ranks)
    made_of = {"config": asdict(replace(config, max_minutes=0.0)),
               "data": digest((*data, network.tower.get_buffer("content").cpu().numpy()))}
    state: State = {"epoch": 0, "batch": 0, "losses": [], "best": -1.0, "best_epoch": 0,
                    "weights": _copy(network), "epoch_log": []}
    if saved := checkpoints.load(made_of):
        learner.go_on(saved)
        state |= saved["state"]

    def save() -> None:
        if ranks.leads:
            checkpoints.save({"made_of": made_of, **learner.standing(), "state": state})

    started = time.monotonic()
    epochs = tqdm(range(state["epoch"], config.epochs), desc="training", unit="epoch",
                  initial=state["epoch"], total=config.epochs,
                  disable=None if ranks.leads else True)
    for epoch in epochs:
        settled = state["epoch"] - 1 - state["best_epoch"] >= config.patience
        late = 0 < config.max_minutes * 60 < time.monotonic() - started
        if ranks.told(settled or late):
            break
        loss = _epoch(learner, epoch, state, checkpoints, save)
        found = ranks.told(score() if ranks.leads else math.nan)
        if found > state["best"]:
            state.update(best=found, best_epoch=epoch, weights=_copy(network))
        state.update(epoch=epoch + 1, batch=0, losses=[])
        state["epoch_log"].append([epoch + 1, loss, found])
        epochs.set_postfix(loss=f"{loss:.3f}", validation=f"{found:.4f}")
        save()
        if watch and ranks.leads:
            watch(Epoch(epoch + 1, loss, found, learner.learning_rate))
    network.load_state_dict(state["weights"])
    return Course(state["best_epoch"] + 1, state["epoch_log"])


def _epoch(
    learner: Learner, epoch: int, state: State, checkpoints: Checkpoints, save: Callable[[], None]
) -> float:
    """What is left of an epoch; answers with its mean loss."""
    batches = learner.order(epoch)
    for first in range(state["batch"], len(batches), checkpoints.stretch):
        state["losses"] += learner.learn(epoch, batches, first, checkpoints.stretch)
        state["batch"] = first + checkpoints.stretch
        if checkpoints.due() and state["batch"] < len(batches):
            save()
    return float(sum(state["losses"]) / len(state["losses"]))


def _copy(network: Network) -> dict[str, Tensor]:
    """The weights, in the machine's memory: a GPU's is for what is learned."""
    return {name: value.detach().to("cpu", copy=True)
            for name, value in network.state_dict().items()}
