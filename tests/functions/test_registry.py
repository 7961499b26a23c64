"""What was judged stays written down, and the pointer moves forward in time only."""

import pytest
from botocore.exceptions import ClientError

from domain.artifact import Blend, ModelCard
from domain.calls import Both, Counts
from domain.layout import COUNTS
from domain.rollout import Rollout
from functions.registry import (
    Entry,
    Pointer,
    Registry,
    RegistryError,
    entry_of,
    failure_of,
)
from tests.domain.counted import calls
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


def pointed(stage: Stage) -> Pointer:
    stage.registry().record(entry(GOOD))
    stage.registry().record(entry(WORSE))
    stage.registry().point(GOOD, NOW_MS)
    found = stage.registry().pointer()
    assert found
    return found


def test_a_rollout_stands_beside_what_serves_and_goes_on_to_all(stage: Stage) -> None:
    registry, rollout = stage.registry(), Rollout(WORSE, 0.3, NOW_MS + 1, NOW_MS + 1)

    assert registry.roll_out(pointed(stage), rollout)
    began = registry.pointer()
    assert began == (GOOD, NOW_MS, NOW_MS + 1, rollout)
    assert registry.go_on(began, rollout, NOW_MS + 2)
    half = registry.pointer()

    assert half == (GOOD, NOW_MS, NOW_MS + 2, Rollout(WORSE, 0.5, NOW_MS + 1, NOW_MS + 2))
    assert not registry.go_on(began, rollout, NOW_MS + 3)
    assert half
    assert half.rollout
    assert registry.go_on(half, half.rollout, NOW_MS + 3)
    assert registry.pointer() == (WORSE, NOW_MS + 3, NOW_MS + 3, None)


def test_a_rollout_ends_when_anything_is_pointed_at(stage: Stage) -> None:
    rollout = Rollout(WORSE, 0.3, NOW_MS + 1, NOW_MS + 1)
    stage.registry().roll_out(pointed(stage), rollout)

    assert not stage.registry().point(GOOD, NOW_MS + 1)
    assert stage.registry().point(GOOD, NOW_MS + 2)

    assert stage.registry().pointer() == (GOOD, NOW_MS + 2, NOW_MS + 2, None)


def test_what_left_is_told_with_the_reason_and_only_once(stage: Stage) -> None:
    registry, rollout = stage.registry(), Rollout(WORSE, 0.3, NOW_MS + 1, NOW_MS + 1)
    registry.roll_out(pointed(stage), rollout)
    seen = registry.pointer()
    assert seen

    assert registry.leave(seen, rollout, "it fails", NOW_MS + 2)
    assert not registry.leave(seen, rollout, "it fails twice", NOW_MS + 3)

    assert registry.pointer() == (GOOD, NOW_MS, NOW_MS + 2, None)
    assert registry.promoted(WORSE).rolled_back == "it fails"
    assert registry.promoted(GOOD).rolled_back is None


def test_what_copies_tell_adds_up_for_each_share_and_is_gone_in_two_days(stage: Stage) -> None:
    registry, rollout = stage.registry(), Rollout(WORSE, 0.3, NOW_MS, NOW_MS)
    everything = Counts((1,), (2,), (3,) * 11, (4,) * 16, (5,) * 16, (6,) * 16, (7,) * 16, (8,),
                        (9,))

    registry.tell(rollout, Both(calls(9), calls(99)), NOW_MS // 1000)
    told = registry.tell(rollout, Both(stable=calls(1)), NOW_MS // 1000)
    registry.tell(rollout._replace(since_ms=NOW_MS + 1), Both(everything, everything), 0)

    assert registry.seen(rollout) == told == Both(calls(9), calls(99) + calls(1))
    assert registry.seen(rollout._replace(since_ms=NOW_MS + 1)) == Both(everything, everything)
    assert registry.seen(rollout._replace(candidate=GOOD)) == Both()
    kept = stage.client("dynamodb").get_item(
        TableName=stage.setting("models_table"),
        Key={"part": {"S": COUNTS}, "version": {"S": f"{WORSE}-{NOW_MS}"}})["Item"]
    assert int(kept["expires_s"]["N"]) == NOW_MS // 1000 + 48 * 3600


def test_a_pointer_of_an_earlier_version_is_read_and_moved(stage: Stage) -> None:
    stage.registry().record(entry(WORSE))
    stage.client("dynamodb").put_item(TableName=stage.setting("models_table"), Item={
        "part": {"S": "current"}, "version": {"S": "pointer"}, "target": {"S": GOOD},
        "since_ms": {"N": str(NOW_MS)}})

    assert stage.registry().pointer() == (GOOD, NOW_MS, NOW_MS, None)
    assert not stage.registry().point(WORSE, NOW_MS)
    assert stage.registry().point(WORSE, NOW_MS + 1)
