"""The schedule becomes one job, whoever calls twice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.layout import CHANNEL_CURRENT
from functions.start_training import moment
from local.function import FunctionError
from tests.functions.stage import NOW_MS, Stage, payload

VERB = "start_training"


def jobs(stage: Stage) -> list[str]:
    found = stage.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    return [job["TrainingJobName"] for job in found]


def start(stage: Stage, **changes: Any) -> str:
    answer = stage.cloud.by_verb[VERB].invoke({**payload("scheduler"), **changes})
    return str(answer["job"])


def test_a_job_is_named_after_its_deployment_and_its_moment(stage: Stage) -> None:
    name = start(stage)

    assert name == "headwater-20230412-030000"
    assert jobs(stage) == [name]


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


def test_a_registry_that_fails_starts_nothing(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("models_table"))

    with pytest.raises(FunctionError, match="ResourceNotFoundException"):
        start(stage)

    assert jobs(stage) == []


def test_who_calls_by_hand_means_now() -> None:
    before = datetime.now(UTC)

    found = moment({})

    assert before <= found <= datetime.now(UTC)
