"""What an encoder must not do, whatever it has learned."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from model.config import TrainConfig
from model.encoders.still import Still
from model.families import DOT_PRODUCTS, ENCODERS
from model.learner import Network
from model.network import TIME_BUCKETS
from tests.model.scene import SMALL, network

Inputs = tuple[Tensor, Tensor, Tensor]


def inputs(length: int = 8, batch: int = 3, seed: int = 0) -> Inputs:
    chance = torch.Generator().manual_seed(seed)
    rows = torch.randint(1, 21, (batch, length), generator=chance)
    ages_s = torch.randint(0, 10**6, (batch, length), generator=chance)
    types = torch.randint(0, 256, (batch, length), generator=chance)
    return rows, ages_s.sort(dim=1, descending=True).values, types


MADE = [name for name, kind in ENCODERS.items() if kind is not Still]
CLOCKS = {"ligr", "hstu", "cnn-time"}


@pytest.fixture(params=MADE)
def net(request: pytest.FixtureRequest) -> Network:
    return network(replace(SMALL, model=request.param)).eval()


@pytest.fixture
def default() -> Network:
    return network().eval()


def test_an_answer_does_not_hang_on_what_comes_later(net: Network) -> None:
    (rows, ages_s, types), (other, _, kinds) = inputs(seed=1), inputs(seed=2)

    for place in range(7):
        changed = [torch.cat([a[:, :place + 1], b[:, place + 1:]], dim=1)
                   for a, b in ((rows, other), (types, kinds))]
        before = net(rows, ages_s, types)[:, :place + 1]
        after = net(changed[0], ages_s, changed[1])[:, :place + 1]
        torch.testing.assert_close(after, before)


@pytest.mark.parametrize("model", MADE)
def test_not_even_where_nothing_earlier_can_be_seen(model: str) -> None:
    bare = network(replace(SMALL, model=model), learned=10,
                   content=torch.zeros(21, 1, dtype=torch.int64)).eval()
    (rows, ages_s, types), (other, _, _) = inputs(seed=1), inputs(seed=2)
    rows[:, 0] = 20  # neither learned nor described: its vector is 0
    changed = torch.cat([rows[:, :1], other[:, 1:]], dim=1)

    torch.testing.assert_close(bare(changed, ages_s, types)[:, 0],
                               bare(rows, ages_s, types)[:, 0])


@pytest.mark.parametrize("length", [1, 3, 7])
@pytest.mark.parametrize("learned", [0, 20])
@pytest.mark.parametrize("model", MADE)
def test_padding_on_the_left_changes_nothing(length: int, learned: int, model: str) -> None:
    net = network(replace(SMALL, model=model), learned=learned,
                  content=torch.zeros(21, 1, dtype=torch.int64)).eval()
    plain = inputs(length)

    padded = [torch.nn.functional.pad(part, (8 - length, 0)) for part in plain]

    torch.testing.assert_close(net(*padded)[:, -length:], net(*plain))


@pytest.mark.parametrize("length", [1, 2, 8])
def test_the_last_answer_alone_is_the_last_of_all(net: Network, length: int) -> None:
    rows, ages_s, types = inputs(length)
    vectors = net.tower(rows)

    alone = net.encoder(vectors, ages_s, types, last_only=True)

    torch.testing.assert_close(alone, net.encoder(vectors, ages_s, types)[:, -1:])


@pytest.mark.parametrize("model", MADE)
def test_the_time_of_an_event_matters_to_some_and_the_order_of_two(model: str) -> None:
    net = network(replace(SMALL, model=model)).eval()
    rows, ages_s, types = inputs()
    before = net(rows, ages_s, types)[:, -1]

    later = net(rows, ages_s + 10**6, types)[:, -1]
    turned = net(rows.flip(1), ages_s, types.flip(1))[:, -1]

    assert torch.allclose(later, before) == (model not in CLOCKS)
    assert torch.allclose(turned, before, atol=1e-5) == (model in DOT_PRODUCTS)  # they see bags


def test_an_age_beyond_every_bucket_is_read(net: Network) -> None:
    rows, ages_s, types = inputs()

    out = net(rows, ages_s + 2**(TIME_BUCKETS + 8), types)

    assert bool(out.isfinite().all())


def test_users_and_items_have_length_one_and_padding_none(default: Network) -> None:
    net = default
    items = net.tower(torch.arange(21))

    torch.testing.assert_close(items[1:].norm(dim=-1), torch.ones(20))
    assert items[0].count_nonzero() == 0
    torch.testing.assert_close(net(*inputs()).norm(dim=-1), torch.ones(3, 8))


def test_unlearned_rows_live_by_their_content_alone() -> None:
    content = torch.tensor([[0, 0], [1, 0], [1, 2], [1, 2], [2, 1], [0, 0]])
    tower = network(items=5, learned=2, content=content).tower.eval()

    vectors = tower(torch.arange(6))

    torch.testing.assert_close(vectors[3], vectors[4])  # the same labels
    assert not torch.allclose(vectors[2], vectors[3])  # as this one, but learned
    assert vectors[5].count_nonzero() == 0  # neither


def test_training_leaves_unlearned_rows_as_they_are() -> None:
    tower = network(learned=10).tower.train()

    tower(torch.arange(11)).sum().backward()

    grad = tower.identity.weight.grad
    assert grad is not None
    assert grad[11:].count_nonzero() == 0
    assert tower.identity.weight[11:].count_nonzero() == 0


def test_a_hidden_id_leaves_the_content() -> None:
    config = TrainConfig(width=16, window=8, id_dropout=0.999999)
    content = torch.ones(21, 1, dtype=torch.int64)
    tower = network(config, content=content).tower.train()

    vectors = tower(torch.arange(1, 21))

    torch.testing.assert_close(vectors, vectors[:1].expand(20, -1))


@pytest.mark.parametrize("model", MADE)
def test_everything_happens_on_the_device_of_the_weights(model: str) -> None:
    # Refuses to meet a tensor of another device, as a GPU does.
    net = network(replace(SMALL, model=model)).to("meta")
    rows, ages_s, types = (part.to("meta") for part in inputs())

    found = [net.train()(rows, ages_s, types), net.eval()(rows, ages_s, types)]

    assert [users.device.type for users in found] == ["meta", "meta"]
    with pytest.raises(RuntimeError, match="device"):
        net(*inputs())


def test_a_window_of_the_full_length_is_the_longest_there_is(default: Network) -> None:
    with pytest.raises((IndexError, RuntimeError)):
        default(*inputs(SMALL.window + 2))


def test_items_begin_where_they_are_told_and_elsewhere_by_chance() -> None:
    tower = network().tower
    before = tower.identity.weight.detach().clone()
    told = torch.zeros_like(before)
    told[2] = 1.0

    tower.begin(told)

    assert torch.equal(tower.identity.weight[2], told[2])
    assert torch.equal(tower.identity.weight[3:], before[3:])
