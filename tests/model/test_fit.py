"""Training that stops where it should, and goes on from where it was stopped."""

import logging
import multiprocessing
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import Tensor

from domain.vocabulary import Vocabulary
from model.checkpoint import CHECKPOINT, CheckpointError, Checkpoints
from model.config import TrainConfig
from model.examples import Examples, examples
from model.fit import fit
from model.learner import DivergedError, Network
from model.place import Place
from tests.model.scene import SMALL, history, index_of, network, packed

HERE, NOWHERE = Place.of(SMALL), Checkpoints(None)


class Stopped(Exception):
    """A spot machine was taken away."""


def data(users: int = 6, shift: int = 0) -> Examples:
    walks = [history(*((step * 1000, (user + step + shift) % 20 + 1) for step in range(12)))
             for user in range(users)]
    return examples(packed(*walks), index_of(20), Vocabulary(), SMALL.window)


class Scores:
    """A validation that answers what it is told, and is stopped when there is nothing left."""

    def __init__(self, *told: float) -> None:
        self.left: Iterator[float] = iter(told)
        self.asked = 0

    def __call__(self) -> float:
        for found in self.left:
            self.asked += 1
            return found
        raise Stopped


def run(
    scores: Scores, checkpoints: Path | None = None, config: TrainConfig = SMALL,
    made_of: Examples | None = None,
) -> tuple[dict[str, Tensor], int]:
    net = network()
    course = fit(net, made_of or data(), config, scores, Checkpoints(checkpoints), HERE)
    return net.state_dict(), course.epochs


def assert_same(a: dict[str, Tensor], b: dict[str, Tensor]) -> None:
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path: Path, stop: int) -> None:
    told = (0.1, 0.3, 0.2, 0.4)
    whole, epochs = run(Scores(*told))
    with pytest.raises(Stopped):
        run(Scores(*told[:stop]), tmp_path)

    resumed, resumed_epochs = run(Scores(*told[stop:]), tmp_path)

    assert_same(resumed, whole)
    assert resumed_epochs == epochs == 4


class Counting(Network):
    """A network whose machine is taken away after so many batches."""

    left = 1_000_000

    def forward(self, *window: Tensor) -> Tensor:
        """As ever, while there is a machine."""
        if self.training:
            self.left -= 1
        if self.left < 0:
            raise Stopped
        return super().forward(*window)


def counting(left: int) -> Counting:
    net = network()
    net.__class__ = Counting  # its weights are those of every other run here
    net.left = left
    return net


@pytest.mark.parametrize("stop", [1, 2, 5, 8])
def test_a_run_that_is_stopped_within_an_epoch_goes_on_from_there(
    tmp_path: Path, stop: int
) -> None:
    told = (0.1, 0.3, 0.2, 0.4)
    whole = network()
    fit(whole, data(), SMALL, Scores(*told), Checkpoints(None, stretch=1), HERE)
    often = Checkpoints(tmp_path, stretch=1, every_s=0)
    with pytest.raises(Stopped):
        fit(counting(stop), data(), SMALL, Scores(*told), often, HERE)

    resumed = counting(100)
    epochs = (stop - 1) // 3 if stop % 3 else stop // 3
    fit(resumed, data(), SMALL, Scores(*told[epochs:]), often, HERE)

    assert_same(resumed.state_dict(), whole.state_dict())
    assert 100 - resumed.left == 3 * SMALL.epochs - stop


def _slowly() -> float:
    time.sleep(0.2)
    return 0.5


def run_slowly(folder: Path) -> None:
    """A training that leaves a checkpoint after every batch, and takes its time."""
    fit(network(), data(), SMALL, _slowly,
        Checkpoints(folder, stretch=1, every_s=0), HERE)


def test_a_run_that_is_killed_ends_as_one_that_is_not(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=run_slowly, args=(tmp_path,))
    process.start()
    while process.is_alive() and not (tmp_path / CHECKPOINT).exists():
        time.sleep(0.02)
    process.kill()
    process.join()

    found, whole = network(), network()
    fit(found, data(), SMALL, Scores(*[0.5] * 4), Checkpoints(tmp_path, stretch=1), HERE)

    assert process.exitcode == -signal.SIGKILL
    fit(whole, data(), SMALL, Scores(*[0.5] * 4), Checkpoints(None, stretch=1), HERE)
    assert_same(found.state_dict(), whole.state_dict())


def test_the_best_epoch_is_kept_and_patience_ends_the_run() -> None:
    config = replace(SMALL, epochs=9, patience=2)
    scores = Scores(0.1, 0.5, 0.4, 0.3, 0.9)

    stopped, epochs = run(scores, config=config)

    best, _ = run(Scores(0.1, 0.5, 0.4, 0.3), config=config)
    assert (scores.asked, epochs) == (4, 2)
    assert_same(stopped, best)


def test_the_weights_are_those_of_the_best_epoch() -> None:
    net = network()
    seen: list[dict[str, Tensor]] = []
    told = iter((0.1, 0.5, 0.4, 0.3))

    def score() -> float:
        seen.append({name: value.clone() for name, value in net.state_dict().items()})
        return next(told)

    fit(net, data(), SMALL, score, NOWHERE, HERE)

    assert_same(net.state_dict(), seen[1])


def test_a_run_that_had_ended_does_not_train_on_when_it_is_started_again(tmp_path: Path) -> None:
    config = replace(SMALL, epochs=9, patience=1)
    first, _ = run(Scores(0.5, 0.4), tmp_path, config)
    again = Scores()

    second, epochs = run(again, tmp_path, config)

    assert (again.asked, epochs) == (0, 1)
    assert_same(first, second)


def test_no_epoch_begins_after_the_time_is_over() -> None:
    scores = Scores(0.1)

    run(scores, config=replace(SMALL, max_minutes=1e-9))

    assert scores.asked <= 1


def test_a_checkpoint_of_another_config_is_refused(tmp_path: Path) -> None:
    run(Scores(0.1, 0.2, 0.3, 0.4), tmp_path)

    with pytest.raises(CheckpointError, match="another config"):
        run(Scores(0.1), tmp_path, replace(SMALL, learning_rate=0.5))


def test_another_time_limit_is_no_other_config(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run(Scores(0.1), tmp_path)

    run(Scores(0.2, 0.3, 0.4), tmp_path, replace(SMALL, max_minutes=60))


def test_a_log_that_has_grown_begins_again_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fresh, _ = run(Scores(0.1, 0.2, 0.3, 0.4), made_of=data(shift=3))
    run(Scores(0.1, 0.2, 0.3, 0.4), tmp_path)

    with caplog.at_level(logging.WARNING):
        found, _ = run(Scores(0.1, 0.2, 0.3, 0.4), tmp_path, made_of=data(shift=3))

    assert_same(found, fresh)
    assert "training begins again" in caplog.text


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    net = network()
    with torch.no_grad():
        net.encoder.leave.weight.fill_(float("nan"))

    with pytest.raises(DivergedError, match="the loss is nan in epoch 1: learning_rate"):
        fit(net, data(), SMALL, Scores(), NOWHERE, HERE)


def test_a_training_tells_how_it_went_also_where_it_was_interrupted(tmp_path: Path) -> None:
    whole = fit(network(), data(), SMALL, Scores(0.1, 0.3, 0.2, 0.4), NOWHERE, HERE)
    with pytest.raises(Stopped):
        fit(network(), data(), SMALL, Scores(0.1, 0.3), Checkpoints(tmp_path), HERE)

    resumed = fit(network(), data(), SMALL, Scores(0.2, 0.4), Checkpoints(tmp_path), HERE)

    assert resumed == whole
    assert [(epoch, found) for epoch, _, found in whole.epoch_log] == [
        (1, 0.1), (2, 0.3), (3, 0.2), (4, 0.4)]
    assert whole.epoch_log[-1][1] < whole.epoch_log[0][1]


def test_a_run_of_one_batch_learns() -> None:
    net = network()
    before = net.encoder.enter.weight.clone()

    fit(net, data(), replace(SMALL, epochs=1, batch_size=100), Scores(0.1), NOWHERE, HERE)

    assert not torch.equal(net.encoder.enter.weight, before)


def test_training_learns_a_walk() -> None:
    net: Network = network()
    made_of = data(users=20)

    epoch = count()

    fit(net, made_of, replace(SMALL, epochs=30, dropout=0.0), lambda: float(next(epoch)),
        NOWHERE, HERE)

    *seen, targets, _ = made_of.cut(torch.arange(len(made_of)))
    with torch.no_grad():
        users = net.eval()(*seen)[:, -1]
        best = (users @ net.tower(torch.arange(21)).T).argmax(dim=1)
    assert (best == targets[:, -1]).float().mean().item() > 0.9
