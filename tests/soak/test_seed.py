"""Seeds of faults: after each, everything is as if nothing had gone wrong."""

from collections import Counter
from pathlib import Path

import pytest

from domain.features import MAX_HISTORY
from domain.layout import EVENT_LOG
from domain.record import encode_batch
from domain.vocabulary import Vocabulary
from model.dataset import read
from soak.deployment import Deployment
from soak.dice import ALL, Dice, Kind
from soak.found import Found
from soak.play import Play
from soak.seed import soak
from soak.taken import Taken

SEEDS = range(15)
VOCABULARY = Vocabulary()


@pytest.fixture(scope="module")
def struck() -> Counter[Kind]:
    """What went wrong in all seeds of this file together."""
    return Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_changes_what_becomes_of_events(
    deployment: Deployment, seed: int, struck: Counter[Kind]
) -> None:
    outcome = soak(seed, deployment)

    struck.update(outcome.struck)
    assert outcome.problems == [], "\n".join(outcome.story)
    assert outcome.events


def test_every_kind_of_fault_struck_in_these_seeds(struck: Counter[Kind]) -> None:
    assert {kind for kind in ALL if not struck[kind]} == set()


def test_a_seed_runs_alike_whatever_ran_before(deployment: Deployment) -> None:
    first = soak(5, deployment)
    soak(6, deployment)

    again = soak(5, deployment)

    assert again == first
    assert len(first.story) > 20


def test_without_faults_nothing_strikes(deployment: Deployment) -> None:
    outcome = soak(5, deployment, ())

    assert outcome.problems == []
    assert not outcome.struck


def test_a_seed_is_told_when_it_gets_stuck(deployment: Deployment) -> None:
    deployment.others = {"ingest_events": lambda _event: {"statusCode": 503}}
    try:
        outcome = soak(5, deployment, ())
    finally:
        deployment.others = {}

    assert outcome.problems == ["records or events are left though nothing hinders them"]


@pytest.mark.parametrize("seed", [1, 2])
def test_training_reads_from_the_log_what_is_live(
    deployment: Deployment, tmp_path: Path, seed: int
) -> None:
    play = Play(deployment, Dice(seed, ALL - {Kind.OUTAGE, Kind.ERASED}))
    play.run()
    for number, listed in enumerate(deployment.shelf.listed(EVENT_LOG)):
        (tmp_path / f"{number}.jsonl.gz").write_bytes(deployment.shelf.get(listed.key) or b"")

    dataset = read(tmp_path, None, VOCABULARY)

    silent = {code for code, known in VOCABULARY.by_code.items() if known.weight == 0.0}
    users = Found.read(deployment, Taken.of(play.stream).subjects).users
    found = {dataset.histories.name(n): whole for n, whole in enumerate(dataset.histories)}
    for subject, stored in users.items():
        live = tuple(e for e in stored.state.history if e.type not in silent)
        whole = found.get(subject, ())
        assert live == whole[len(whole) - len(live):]
        assert len(stored.state.history) <= MAX_HISTORY


def test_the_log_holds_every_record_of_the_stream_and_no_more(deployment: Deployment) -> None:
    play = Play(deployment, Dice(3, ALL - {Kind.OUTAGE}))
    play.run()
    taken = Taken.of(play.stream)

    log = Found.read(deployment, taken.subjects).log

    assert log.keys() == {record.position for record in taken.records}
    for position, batch in taken.records:
        copies = {encode_batch(found) for found in log[position]}
        assert len(copies) == 1
        assert log[position][0].events == batch.events
