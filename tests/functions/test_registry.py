"""What was judged stays written down, and the pointer moves forward in time only."""

import pytest
from botocore.exceptions import ClientError

from domain.artifact import Blend, ModelCard
from functions.registry import Entry, Registry, RegistryError, entry_of, failure_of
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage

GOOD, WORSE = "a" * 16, "b" * 16


def entry(version: str, judged_ms: int = NOW_MS, refusals: tuple[str, ...] = ()) -> Entry:
    return Entry(version, judged_ms, f"job-{version}", list(refusals), {"model": {"ndcg@10": 0.5}},
                 "2026-01-01")


def test_nothing_serves_before_the_first_promotion(stage: Stage) -> None:
    assert stage.registry().current() is None
    assert stage.registry().entries() == []
    assert stage.registry().of_job("job") is None


def test_judgements_come_back_newest_first(stage: Stage) -> None:
    registry = stage.registry()
    found = [entry(GOOD), failure_of("job-2", "no log", NOW_MS + 1),
             entry(WORSE, NOW_MS + 2, ("no",))]

    for each in found:
        registry.record(each)

    assert registry.entries() == found[::-1]
    assert registry.of_job("job-2") == found[1]


def test_the_first_judgement_of_a_version_stands(stage: Stage) -> None:
    stage.registry().record(entry(GOOD, refusals=("worse",)))

    stage.registry().record(entry(GOOD, NOW_MS + 1))

    assert stage.registry().entries() == [entry(GOOD, refusals=("worse",))]


def test_pointing_lets_a_version_serve(stage: Stage) -> None:
    stage.registry().record(entry(GOOD))

    assert stage.registry().point(GOOD, NOW_MS)

    assert stage.registry().current() == (GOOD, NOW_MS)


@pytest.mark.parametrize("earlier_ms", [0, 1])
def test_an_earlier_decision_does_not_undo_a_later_one(stage: Stage, earlier_ms: int) -> None:
    registry = stage.registry()
    registry.record(entry(GOOD))
    registry.record(entry(WORSE))
    registry.point(GOOD, NOW_MS)

    assert not registry.point(WORSE, NOW_MS - earlier_ms)

    assert registry.current() == (GOOD, NOW_MS)


def test_what_was_refused_or_never_judged_cannot_serve(stage: Stage) -> None:
    stage.registry().record(entry(WORSE, refusals=("worse",)))
    stage.registry().record(failure_of("job", "failed", NOW_MS))

    for version in (WORSE, GOOD, "job"):
        with pytest.raises(RegistryError):
            stage.registry().point(version, NOW_MS)

    assert stage.registry().current() is None


def test_a_busy_table_is_no_conflict(stage: Stage) -> None:
    stage.registry().record(entry(GOOD))
    registry = stage.registry(Faulty(stage.client("dynamodb"), {"put_item": None}))

    with pytest.raises(ClientError):
        registry.point(GOOD, NOW_MS)


def test_a_number_that_json_does_not_know_is_left_out() -> None:
    card = ModelCard("2026", {}, Blend(), 1, 1, 1, 0, 0, 0,
                     metrics={"model": {"ndcg@10": float("nan"), "coverage": 0.5}})

    assert entry_of(GOOD, card, "job", [], NOW_MS).metrics == {"model": {"coverage": 0.5}}


def test_a_table_opens_its_own_client(stage: Stage) -> None:
    assert Registry(stage.setting("models_table")).current() is None
