"""Two processes learn what one learns, and none waits for one that failed."""

import multiprocessing
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from domain.vocabulary import Vocabulary
from model.checkpoint import Checkpoints
from model.examples import Examples, examples
from model.fit import fit
from model.follow import follow, offered
from model.learner import Network
from model.place import Place
from model.ranks import ALONE, Ranks, joined, spread
from tests.model.scene import SMALL, history, index_of, network, packed

STEADY = replace(SMALL, dropout=0.0, id_dropout=0.0, epochs=2)  # chance falls otherwise on two

NOWHERE = Checkpoints(None, stretch=3)


def data() -> Examples:
    """Of 13 windows, so that the last batch of four is too small for two."""
    walks = [history(*((step * 1000, (user + step) % 20 + 1) for step in range(8 + user % 2)))
             for user in range(13)]
    return examples(packed(*walks), index_of(20), Vocabulary(), SMALL.window)


def weights_of(net: Network) -> dict[str, torch.Tensor]:
    found = net.state_dict()
    for name in found:
        if name.endswith("key_value.bias"):  # shifts all keys alike: it has no slope but noise
            found[name][:STEADY.width] = 0
    return found


def leading(ranks: Ranks) -> dict[str, torch.Tensor]:
    net, windows, scores = network(STEADY, items=20), data(), iter((0.1, 0.2))
    with offered(net, windows, ranks):
        fit(net, windows, STEADY, lambda: next(scores), NOWHERE, Place.of(STEADY), ranks)
    return weights_of(net)


def one_of_two(rank: int, folder: Path) -> None:
    """What torchrun starts, and tells by its environment. The first one fails at its second run."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": (folder / "port").read_text()}
    with joined() as ranks:
        torch.manual_seed(rank)
        torch.save(ranks.same(torch.randint(1000, (9,))), folder / f"drawn-{rank}.pt")
        if rank:
            follow(STEADY, NOWHERE, ranks)
            follow(STEADY, NOWHERE, ranks)
        else:
            torch.save(leading(ranks), folder / "weights.pt")
            sys.exit("cannot train: there is no second log")


def free_port() -> int:
    store = torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    return int(store.port)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int | None]]:
    """What two processes left, and how they ended."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "port").write_text(str(free_port()))
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=one_of_two, args=(rank, folder)) for rank in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    return folder, [process.exitcode for process in both]


def test_two_processes_end_with_the_weights_of_one(
    ended: tuple[Path, list[int | None]]
) -> None:
    alone = leading(ALONE)

    found = torch.load(ended[0] / "weights.pt", weights_only=True)
    assert all(torch.allclose(found[name], alone[name], atol=1e-5) for name in alone)


def test_what_the_first_draws_all_have(ended: tuple[Path, list[int | None]]) -> None:
    first, second = (torch.load(ended[0] / f"drawn-{rank}.pt") for rank in range(2))

    assert torch.equal(first, second)


def test_nobody_waits_for_one_that_failed(ended: tuple[Path, list[int | None]]) -> None:
    assert ended[1] == [1, 1]


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
