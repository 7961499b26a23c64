"""The schedule becomes one job, whoever calls twice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.layout import (
    CHANNEL_CURRENT,
    CHANNEL_EARLIER,
    CHECKPOINTS,
    EVENT_LOG,
    WEIGHTS,
)
from functions.jobs import Jobs, NoMachineError
from functions.owner import Owner
from functions.registry import Entry, failure_of
from functions.settings import StartTraining
from functions.start_training import Adapters, moment
from functions.start_training import start as start_with
from functions.tries import Tries
from local.function import FunctionError
from tests.functions.faults import Faulty
from tests.functions.stage import NOW_MS, Stage, payload

VERB = "start_training"
NOT_ALLOWED = "ResourceLimitExceeded"
TRIES = ["", "-2", "-3", "-4", "-5", "-6"]  # of the default: three types, spot and in full
DUE = "headwater-20230412-030000"


def jobs(stage: Stage) -> list[str]:
    found = stage.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    return [job["TrainingJobName"] for job in found]


def start(stage: Stage, **changes: Any) -> str:
    stage.shelf().put(f"{EVENT_LOG}dt=2023-01-01/some.jsonl.gz", b"events")
    answer = stage.cloud.by_verb[VERB].invoke({**payload("scheduler"), **changes})
    return str(answer["job"])


def test_a_job_is_named_after_its_deployment_and_its_moment(stage: Stage) -> None:
    name = start(stage)

    assert name == "headwater-20230412-030000"
    assert jobs(stage) == [name]


def test_a_deployment_without_events_learns_nothing_yet(stage: Stage) -> None:
    answer = stage.cloud.by_verb[VERB].invoke(payload("scheduler"))

    assert answer == {"job": None}
    assert jobs(stage) == []


def test_the_same_moment_is_the_same_job(stage: Stage) -> None:
    start(stage)

    start(stage)

    assert len(jobs(stage)) == 1


def test_another_moment_is_another_job(stage: Stage) -> None:
    start(stage)

    start(stage, time="2023-04-13T03:00:00Z")

    assert len(jobs(stage)) == 2


def test_the_model_that_serves_goes_along(stage: Stage) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("models_table"), Item={
        "part": {"S": "current"}, "version": {"S": "pointer"}, "target": {"S": "0123456789abcdef"},
        "since_ms": {"N": str(NOW_MS)}})

    name = start(stage)

    described = stage.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert CHANNEL_CURRENT in {c["ChannelName"] for c in described["InputDataConfig"]}


@pytest.mark.parametrize(("is_warm", "kept", "earlier"), [
    (True, True, "staging/checkpoints/headwater-20260101-000000/network.pt"),
    (True, False, None), (False, True, None)])
def test_a_warm_start_takes_the_weights_of_the_model_that_serves_while_they_are_kept(
    stage: Stage, is_warm: bool, kept: bool, earlier: str | None
) -> None:
    registry, job = stage.registry(), "headwater-20260101-000000"
    registry.record(Entry("0123456789abcdef", NOW_MS, f"{job}-2", [], {}, ""))
    registry.point("0123456789abcdef", NOW_MS)
    if kept:
        stage.client("s3").put_object(
            Bucket=stage.bucket, Key=f"{CHECKPOINTS}{job}/{WEIGHTS}", Body=b"weights")
    adapters = given(stage)._replace(is_warm=is_warm)

    name = start_with(adapters, adapters.tries.starting(DUE), NOW_MS)

    channels = stage.client("sagemaker").describe_training_job(
        TrainingJobName=name)["InputDataConfig"]
    found = {c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in channels}
    expected = f"s3://{stage.bucket}/{earlier}" if earlier else None
    assert found.get(CHANNEL_EARLIER) == expected


def machine(stage: Stage, name: str) -> tuple[str, bool, str]:
    """Type, whether it is spot, and where its checkpoints lie."""
    told = stage.client("sagemaker").describe_training_job(TrainingJobName=name)
    return (told["ResourceConfig"]["InstanceType"], told["EnableManagedSpotTraining"],
            told["CheckpointConfig"]["S3Uri"].rpartition("/")[2])


def ended(job: str, **told: str) -> dict[str, Any]:
    event: dict[str, Any] = payload("sagemaker_training_job_failed")
    event["detail"] |= {"TrainingJobName": job, **told}
    return event


def test_a_job_that_got_no_machine_is_followed_by_one_that_asks_for_the_next(
    stage: Stage
) -> None:
    first, function = start(stage), stage.cloud.by_verb[VERB]

    spent = function.invoke(ended(first, TrainingJobStatus="Stopped", FailureReason="",
                                  SecondaryStatus="MaxWaitTimeExceeded"))
    lost = function.invoke(ended(f"{first}-2", FailureReason="CapacityError: none"))

    assert [spent["job"], lost["job"]] == [f"{first}-2", f"{first}-3"]
    assert [machine(stage, name) for name in (first, f"{first}-2", f"{first}-3")] == [
        ("ml.g5.xlarge", True, first), ("ml.g5.xlarge", False, first),
        ("ml.g4dn.xlarge", True, first)]


def test_an_end_that_is_told_twice_starts_one_job(stage: Stage) -> None:
    event = ended(start(stage), FailureReason="CapacityError: none")

    answers = [stage.cloud.by_verb[VERB].invoke(event)["job"] for _ in range(2)]

    assert answers == [f"{DUE}-2"] * 2
    assert sorted(jobs(stage)) == [DUE, f"{DUE}-2"]


@pytest.mark.parametrize("told", [
    {"FailureReason": "AlgorithmError: too few events"},
    {"TrainingJobStatus": "Stopped", "FailureReason": "", "SecondaryStatus": "Stopped"}])
def test_a_job_that_had_its_machine_is_not_tried_again(stage: Stage, told: dict[str, str]) -> None:
    first = start(stage)

    assert stage.cloud.by_verb[VERB].invoke(ended(first, **told)) == {"job": None}
    assert jobs(stage) == [first]


def given(stage: Stage, *refused: int) -> Adapters:
    """The starter's, in an account that allows none of these tries."""
    told = StartTraining.from_env(stage.cloud.by_verb[VERB].environment)
    client: Any = Faulty(stage.client("sagemaker"), {"create_training_job": refused},
                         code=NOT_ALLOWED)
    return Adapters(Jobs(told, client), stage.registry(), stage.shelf(), "headwater",
                    Tries.of(told.instance_types, told.spot),
                    Owner.of(told.alarm_topic, told.models_table))


def test_what_the_account_does_not_allow_is_passed_over_and_written_down(stage: Stage) -> None:
    adapters, heard = given(stage, 0, 1), stage.listen()

    name = start_with(adapters, adapters.tries.starting(DUE), NOW_MS)

    assert name == f"{DUE}-3"
    assert machine(stage, name) == ("ml.g4dn.xlarge", True, DUE)
    assert {entry.job: entry.refusals for entry in stage.registry().entries()} == {
        f"{DUE}{number}": [f"{NOT_ALLOWED}: {NOT_ALLOWED}, as told"] for number in ("", "-2")}
    assert heard() == []


def test_an_account_that_allows_no_machine_is_told_what_to_ask_for_and_at_every_try(
    stage: Stage
) -> None:
    adapters, heard = given(stage, *range(6)), stage.listen()

    for _ in range(2):  # Lambda calls again
        with pytest.raises(NoMachineError, match="Service Quotas, Amazon SageMaker") as raised:
            start_with(adapters, adapters.tries.starting(DUE), NOW_MS)

    assert str(raised.value).count(NOT_ALLOWED) == 2 * len(TRIES)
    assert jobs(stage) == []
    assert {entry.job for entry in stage.registry().entries()} == {DUE + n for n in TRIES}
    ((subject, text),) = heard()
    assert subject == f"Training failed: {DUE}-6"
    assert text.count("Reason: ResourceLimitExceeded") == len(TRIES)


def test_a_training_that_is_over_does_not_begin_again_when_its_start_is_told_late(
    stage: Stage
) -> None:
    stage.registry().record(failure_of(DUE, "AlgorithmError: too few events", NOW_MS))

    assert start(stage) == DUE
    assert jobs(stage) == []


def test_a_registry_that_fails_starts_nothing(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("models_table"))

    with pytest.raises(FunctionError, match="ResourceNotFoundException"):
        start(stage)

    assert jobs(stage) == []


def test_who_calls_by_hand_means_now() -> None:
    before = datetime.now(UTC)

    found = moment({})

    assert before <= found <= datetime.now(UTC)
