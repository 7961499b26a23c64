"""One batch after the other, alike whatever kind of numbers, kernels and memory it is done with."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from domain.vocabulary import Vocabulary
from model.config import IN_BLOCKS, TrainConfig
from model.examples import Examples, examples
from model.learner import Learner, alike
from model.place import Place
from model.ranks import ALONE
from tests.model.scene import SMALL, history, index_of, network, packed

CPU = torch.device("cpu")


def data() -> Examples:
    walks = [history(*((step * 1000, (user + step) % 20 + 1) for step in range(12)))
             for user in range(6)]
    return examples(packed(*walks), index_of(20), Vocabulary(), SMALL.window)


def learned(config: TrainConfig, place: Place) -> tuple[dict[str, Tensor], list[float]]:
    """The weights after an epoch, and the loss of each batch."""
    net = network(config)
    learner = Learner(net, data(), config, place, ALONE)
    losses = learner.learn(0, learner.order(0), 0, 1000)
    return net.state_dict(), losses


@pytest.mark.parametrize("model", IN_BLOCKS)
def test_what_is_computed_again_is_what_was_computed(model: str) -> None:
    config = replace(SMALL, model=model)
    kept, losses = learned(config, Place(CPU))

    again, same = learned(replace(config, checkpointing=True), Place(CPU))

    assert same == losses
    assert all(torch.equal(kept[name], again[name]) for name in kept)


@pytest.mark.parametrize("numbers", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("model", ["ligr", "sasrec", "hstu", "gru", "cnn", "mlp", "fm"])
def test_half_as_many_bits_begin_with_the_same_loss(model: str, numbers: torch.dtype) -> None:
    config = replace(SMALL, model=model)
    _, losses = learned(config, Place(CPU))

    _, found = learned(config, Place(CPU, numbers))

    assert found != losses
    assert found[0] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize("numbers", [None, torch.bfloat16, torch.float16])
def test_whatever_the_numbers_are_a_walk_is_learned(numbers: torch.dtype | None) -> None:
    config = replace(SMALL, epochs=20, dropout=0.0, id_dropout=0.0)
    learner = Learner(network(config), data(), config, Place(CPU, numbers), ALONE)

    losses = [learner.learn(epoch, learner.order(epoch), 0, 1000) for epoch in range(20)]

    assert losses[-1][-1] < losses[0][0] / 4


def test_the_network_is_one_graph_for_windows_of_every_length() -> None:
    net = network(replace(SMALL, dropout=0.0, id_dropout=0.0))
    forward = Place(CPU, compiles=True).forward_of(net, backend="eager")

    for length in (3, 5, 8):
        rows = torch.arange(2 * length).reshape(2, length) % 20
        ages_s, types = rows.flip(1) * 100, rows % 3
        assert torch.allclose(forward(rows, ages_s, types), net(rows, ages_s, types), atol=1e-6)


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
