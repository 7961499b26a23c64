"""Training that stops where it should, and goes on from where it was stopped."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from domain.vocabulary import Vocabulary
from model.config import TrainConfig
from model.dataset import DatasetError
from model.fit import (
    CHECKPOINT,
    CheckpointError,
    DivergedError,
    Examples,
    Network,
    alike,
    examples,
    fit,
)
from tests.model.scene import SMALL, history, index_of, network


class Stopped(Exception):
    """A spot machine was taken away."""


def data(users: int = 6, shift: int = 0) -> Examples:
    walks = [history(*((step * 1000, (user + step + shift) % 20 + 1) for step in range(12)))
             for user in range(users)]
    return examples(walks, index_of(20), Vocabulary(), SMALL.window)


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
    course = fit(net, made_of or data(), config, scores, checkpoints)
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

    fit(net, data(), SMALL, score, None)

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


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes | None) -> None:
    run(Scores(0.1, 0.2, 0.3, 0.4), tmp_path)
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)

    with pytest.raises(CheckpointError, match=CHECKPOINT):
        run(Scores(0.1), tmp_path)


def test_a_checkpoint_of_another_version_is_named(tmp_path: Path) -> None:
    torch.save({"state": {}}, tmp_path / CHECKPOINT)

    with pytest.raises(CheckpointError, match="another version"):
        run(Scores(0.1), tmp_path)


class Code:
    """What does something when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self._path,)


def test_a_checkpoint_that_holds_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"state": Code(tmp_path / "ran")}, tmp_path / CHECKPOINT)

    with pytest.raises(CheckpointError, match=CHECKPOINT):
        run(Scores(0.1), tmp_path)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("length", [2, 3, 8, 9, 10, 17, 30])
def test_every_event_but_the_first_is_a_target_once(length: int) -> None:
    walk = history(*((n * 1000, n) for n in range(1, length + 1)))

    found = examples([walk], index_of(30), Vocabulary(), 8)

    assert sorted(found.targets[found.targets > 0].tolist()) == list(range(2, length + 1))


def test_a_target_comes_right_after_what_is_seen_and_ages_are_before_the_last_target() -> None:
    walk = history(*((n * 1000, n) for n in range(1, 31)))

    found = examples([walk], index_of(30), Vocabulary(), 8)

    real = found.rows > 0
    assert torch.equal(found.targets[real], found.rows[real] + 1)
    assert torch.equal(found.ages_s[:, -1], torch.ones(len(found.rows), dtype=torch.int64))
    assert np.all(np.diff(found.ages_s[0].numpy()) == -1)


def test_what_was_disliked_is_seen_and_never_a_target() -> None:
    dislike = Vocabulary().by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) if e.item in (4, 6) else e
                 for e in history(*((n * 1000, n) for n in range(1, 8))))

    found = examples([walk], index_of(8), Vocabulary(), 8)

    assert found.rows[0, -6:].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.targets[0, -6:].tolist() == [2, 3, 0, 5, 0, 7]


def test_how_much_an_event_says_is_learned_beside_it() -> None:
    stars = Vocabulary().by_name["rate"].code
    walk = tuple(e._replace(type=stars, value=float(e.item)) for e in history(
        (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)))

    found = examples([walk], index_of(5), Vocabulary(), 8)

    assert found.targets[0, -4:].tolist() == [2, 3, 4, 5]
    assert found.strengths[0, -4:].tolist() == pytest.approx([-0.4, 0.4, 1.2, 2.0])
    assert found.strengths[0, :-4].count_nonzero() == 0


def test_the_order_of_simultaneous_events_is_not_learned() -> None:
    walks = [history((1000, 1), (2000, 2), (2000, 3))] * 200

    found = examples(walks, index_of(3), Vocabulary(), 8, seed=1)

    assert 70 < found.targets[:, -1].eq(3).sum().item() < 130
    again = examples(walks, index_of(3), Vocabulary(), 8, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))


def test_users_who_liked_nothing_after_anything_teach_nothing() -> None:
    dislike = Vocabulary().by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) for e in history((1, 1), (2, 2)))

    with pytest.raises(DatasetError, match="nothing to learn"):
        examples([walk], index_of(2), Vocabulary(), 8)


def test_users_of_one_event_teach_nothing() -> None:
    with pytest.raises(DatasetError, match="nothing to learn"):
        examples([history((1, 1)), history((2, 2))], index_of(2), Vocabulary(), 8)


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    net = network()
    with torch.no_grad():
        net.encoder.leave.weight.fill_(float("nan"))

    with pytest.raises(DivergedError, match="the loss is nan in epoch 1: learning_rate"):
        fit(net, data(), SMALL, Scores(), None)


def test_a_training_tells_how_it_went_also_where_it_was_interrupted(tmp_path: Path) -> None:
    whole = fit(network(), data(), SMALL, Scores(0.1, 0.3, 0.2, 0.4), None)
    with pytest.raises(Stopped):
        fit(network(), data(), SMALL, Scores(0.1, 0.3), tmp_path)

    resumed = fit(network(), data(), SMALL, Scores(0.2, 0.4), tmp_path)

    assert resumed == whole
    assert [(epoch, found) for epoch, _, found in whole.epoch_log] == [
        (1, 0.1), (2, 0.3), (3, 0.2), (4, 0.4)]
    assert whole.epoch_log[-1][1] < whole.epoch_log[0][1]


def test_a_run_of_one_batch_learns() -> None:
    net = network()
    before = net.encoder.enter.weight.clone()

    fit(net, data(), replace(SMALL, epochs=1, batch_size=100), Scores(0.1), None)

    assert not torch.equal(net.encoder.enter.weight, before)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=400), st.integers(1, 16))
def test_every_window_is_in_one_batch(lengths: list[int], size: int) -> None:
    batches = alike(torch.tensor(lengths), size)

    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size


def test_windows_of_one_length_meet_in_another_order_every_time() -> None:
    lengths = torch.arange(6400) % 50
    torch.manual_seed(1)

    once, again = alike(lengths, 32), alike(lengths, 32)

    spread = [int(lengths[batch].max() - lengths[batch].min()) for batch in once]
    assert max(spread) <= 3
    assert [batch.tolist() for batch in once] != [batch.tolist() for batch in again]
    assert sorted(map(len, once)) == [32] * 200


def test_training_learns_a_walk() -> None:
    net: Network = network()
    made_of = data(users=20)

    epoch = count()

    fit(net, made_of, replace(SMALL, epochs=30, dropout=0.0), lambda: float(next(epoch)), None)

    with torch.no_grad():
        users = net.eval()(*made_of[:3])[:, -1]
        best = (users @ net.tower(torch.arange(21)).T).argmax(dim=1)
    assert (best == made_of.targets[:, -1]).float().mean().item() > 0.9
