"""What the others need is offered only where there are others; two of them: test_ranks.py."""

from dataclasses import replace

import torch

from domain.vocabulary import Vocabulary
from model.checkpoint import Checkpoints
from model.examples import examples
from model.follow import follow, offered
from model.ranks import ALONE, Ranks
from tests.model.scene import SMALL, history, index_of, network, packed


def test_alone_nothing_is_written_for_others() -> None:
    data = examples(packed(history((1, 1), (2, 2))), index_of(20), Vocabulary(), SMALL.window)
    net = network()
    before = {name: weight.clone() for name, weight in net.state_dict().items()}

    with offered(net, data, ALONE):
        assert all(torch.equal(before[name], weight) for name, weight in net.state_dict().items())


def test_of_what_is_counted_there_is_nothing_to_wait_for() -> None:
    follow(replace(SMALL, model="als"), Checkpoints(None), Ranks(rank=1, count=2))
