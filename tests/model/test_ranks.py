"""Two processes learn what one learns, and none waits for one that failed."""

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import torch

from domain.vocabulary import Vocabulary
from model.checkpoint import Checkpoints
from model.examples import Examples, examples
from model.fit import fit
from model.place import Place
from model.ranks import ALONE, Ranks, joined, spread
from tests.model.scene import SMALL, history, index_of, network, packed

STEADY = replace(SMALL, dropout=0.0, id_dropout=0.0, epochs=2)  # chance falls otherwise on two


def data() -> Examples:
    """Of 13 windows, so that the last batch of four is too small for two."""
    walks = [history(*((step * 1000, (user + step) % 20 + 1) for step in range(8 + user % 2)))
             for user in range(13)]
    return examples(packed(*walks), index_of(20), Vocabulary(), SMALL.window)


def learned(ranks: Ranks) -> dict[str, torch.Tensor]:
    net = network(STEADY, items=20)
    scores = iter((0.1, 0.2))
    fit(net, data(), STEADY, lambda: next(scores), Checkpoints(None, stretch=3), Place.of(STEADY),
        ranks)
    found = net.state_dict()
    for name in found:
        if name.endswith("key_value.bias"):  # shifts all keys alike: it has no slope but noise
            found[name][:STEADY.width] = 0
    return found


def one_of_two(rank: int, folder: Path) -> None:
    """What torchrun starts, and tells by its environment."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": (folder / "port").read_text()}
    with joined() as ranks:
        torch.manual_seed(rank)
        torch.save((learned(ranks), ranks.same(torch.randint(1000, (9,)))), folder / f"{rank}.pt")


def free_port() -> int:
    store = torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    return int(store.port)


def test_two_processes_end_with_the_weights_of_one(tmp_path: Path) -> None:
    (tmp_path / "port").write_text(str(free_port()))
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=one_of_two, args=(rank, tmp_path)) for rank in range(2)]
    for process in both:
        process.start()

    alone = learned(ALONE)

    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    (first, drawn), (second, again) = (
        torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert torch.equal(drawn, again)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(torch.allclose(first[name], alone[name], atol=1e-5) for name in alone)


def test_each_has_its_share_of_a_batch() -> None:
    batch = torch.arange(7)

    shares = [Ranks(rank, 3).share(batch).tolist() for rank in range(3)]

    assert shares == [[0, 3, 6], [1, 4], [2, 5]]


def test_a_machine_of_several_gpus_runs_the_program_once_on_each() -> None:
    command = spread(["--job", "/opt/ml"], gpus=4)

    assert command is not None
    assert command[1:] == ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=4",
                           "-m", "model.train", "--job", "/opt/ml"]


def test_a_machine_of_one_or_none_runs_it_as_it_is() -> None:
    assert [spread([], gpus) for gpus in (0, 1)] == [None, None]
